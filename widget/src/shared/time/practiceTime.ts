// Moments as the practice's clock shows them, whatever time zone this computer is set to.

const ZONE = "Pacific/Auckland";

const clock = new Intl.DateTimeFormat("en-NZ", {
  timeZone: ZONE,
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

type Part = "year" | "month" | "day" | "hour" | "minute" | "second";

function partsOf(at: Date): Record<Part, number> {
  const found = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of clock.formatToParts(at))
    if (type in found) found[type as Part] = Number(value);
  return found;
}

const two = (part: number) => String(part).padStart(2, "0");

/** "2026-11-28". */
export function practiceDay(at: Date): string {
  const { year, month, day } = partsOf(at);
  return `${year}-${two(month)}-${two(day)}`;
}

/** "14:05", as in the titles of photos and in Evolution. */
export function practiceTime(at: Date): string {
  const { hour, minute } = partsOf(at);
  return `${two(hour)}:${two(minute)}`;
}

/** Minutes that the practice's clock is ahead of UTC at this moment. */
function offsetAt(at: number): number {
  const { year, month, day, hour, minute, second } = partsOf(new Date(at));
  return Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - at) / 60_000);
}

/** "2026-11-28T14:05", on the practice's clock, to ISO with its offset at that moment. */
export function fromPractice(input: string): string {
  const asUtc = Date.parse(`${input}Z`);
  // Twice: on the day when daylight saving starts or ends, the first offset is that of the wrong side.
  const minutes = offsetAt(asUtc - offsetAt(asUtc - offsetAt(asUtc) * 60_000) * 60_000);
  const hours = `${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${input}${input.length === 16 ? ":00" : ""}${minutes < 0 ? "-" : "+"}${hours}`;
}
