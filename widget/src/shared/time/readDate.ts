// Dates and times as a New Zealand clinician types them: the day first, whatever language the browser has.
import { dateWords as words } from "./locale";

/** ISO (no time), or why the text is no date. */
export type DateRead = { date: string; problem: "" } | { date: ""; problem: string };

const NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTHS =
  /^(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)$/;

const two = (part: number) => String(part).padStart(2, "0");

/** Day, month and year as they were typed; undefined where there aren't three. */
function partsOf(text: string): [string, string, string] | undefined {
  const iso = /^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$/.exec(text);
  if (iso) return [iso[3] ?? "", iso[2] ?? "", iso[1] ?? ""];
  const found =
    /^([0-9]{2})([0-9]{2})([0-9]{4})$/.exec(text) ??
    /^([0-9]{1,2})[ ./-]+([0-9]{1,2}|[a-z]{3,9})[ ,./-]+([0-9]{4}|[0-9]{2})$/.exec(text);
  return found ? [found[1] ?? "", found[2] ?? "", found[3] ?? ""] : undefined;
}

/** A year of two digits is one of this century: nobody dates a photo or a task by another. */
export function readDate(typed: string): DateRead {
  const parts = partsOf(typed.trim().toLowerCase());
  if (!parts) return { date: "", problem: words.unreadable };
  const [typedDay, typedMonth, typedYear] = parts;
  const named = MONTHS.test(typedMonth) ? NAMES.indexOf(typedMonth.slice(0, 3)) + 1 : 0;
  const month = named || Number(typedMonth);
  if (Number.isNaN(month)) return { date: "", problem: words.unreadable };
  const day = Number(typedDay);
  const year = Number(typedYear) + (typedYear.length === 2 ? 2000 : 0);
  if (month > 12 && day >= 1 && day <= 12)
    return { date: "", problem: words.monthFirst(`${month}/${day}/${year}`) };
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCFullYear() !== year || at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day)
    return { date: "", problem: words.impossible };
  return { date: `${year}-${two(month)}-${two(day)}`, problem: "" };
}

/** ISO (no time) as it is typed: "29/11/2026"; "" for none. */
export const typedDate = (iso: string): string => iso.split("-").reverse().join("/");

/** "14:05" of "14:05", "14.05", "1405" or "2:05 pm"; "" of anything else. */
export function readTime(typed: string): string {
  const found = /^([0-9]{1,2})[:.]?([0-9]{2}) ?(am|pm)?$/.exec(typed.trim().toLowerCase());
  if (!found) return "";
  const [hour, minute, half] = [Number(found[1]), Number(found[2]), found[3]];
  if (minute > 59 || hour > 23 || (half && (hour < 1 || hour > 12))) return "";
  return `${two(half ? (hour % 12) + (half === "pm" ? 12 : 0) : hour)}:${two(minute)}`;
}
