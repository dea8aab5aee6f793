// How dates, ages, sizes and counts are written for a New Zealand clinician.

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "1 image", "3 images". */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** ISO date (no time) to "7 Aug 1965". */
export function calendarDate(iso: string): string {
  const [year, month, day] = iso.split("-").map(Number);
  const name = MONTHS[(month ?? 0) - 1];
  return year && name && day ? `${day} ${name} ${year}` : iso;
}

/** Age on `now` in words that fit a banner: "3 weeks", "14 months", "61 years"; "" if unknown. */
export function age(birthDate: string, now: Date): string {
  const [year, month, day] = birthDate.split("-").map(Number);
  if (!year || !month || !day) return "";
  const months = (now.getFullYear() - year) * 12 + now.getMonth() + 1 - month - (now.getDate() < day ? 1 : 0);
  if (months < 0) return "";
  if (months >= 24) return counted(Math.floor(months / 12), "year");
  if (months >= 3) return counted(months, "month");
  const days = Math.floor((now.getTime() - new Date(year, month - 1, day).getTime()) / 86_400_000);
  return days < 14 ? counted(days, "day") : counted(Math.floor(days / 7), "week");
}

export const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** "2.4 MB", "380 kB". */
export function megabytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1_048_576).toFixed(1).replace(/\.0$/, "")} MB`;
}

/** ISO time to "2:05 pm". */
export function clockTime(iso: string): string {
  const at = new Date(iso);
  const hour = at.getHours();
  const minute = String(at.getMinutes()).padStart(2, "0");
  return `${hour % 12 || 12}:${minute} ${hour < 12 ? "am" : "pm"}`;
}

/** ISO time to the value of a datetime-local input, in this computer's time zone. */
export function localInput(iso: string | null, fallback = ""): string {
  if (!iso) return fallback;
  const at = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The value of a datetime-local input to ISO with this computer's offset at that moment. */
export function withOffset(input: string): string {
  const minutes = -new Date(input).getTimezoneOffset();
  const two = (part: number) => String(Math.trunc(Math.abs(part))).padStart(2, "0");
  return `${input}${input.length === 16 ? ":00" : ""}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** Seconds to "9:05". */
export const minutesAndSeconds = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const BOTH_SIDES = "51440002";

/** SNOMED CT calls it "Right and left"; a chip has room for one word. */
export const sideWord = (side: { code: string; display: string }): string =>
  side.code === BOTH_SIDES ? "Both" : side.display;
