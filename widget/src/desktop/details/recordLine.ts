// The line a colleague will read, before the server has composed it; as terminology/title.py does.
import type { Image } from "../../api/types";
import { practiceDay, practiceTime } from "../../shared/time/practiceTime";
import { calendarDate, oneLine, placed } from "../../shared/wording";

/** What the line is made of. */
export const LINE_FIELDS = ["bodySite", "laterality", "type", "view", "label"] as const;

const MOST = 120;
const DASH = " – ";

const code = (value: string | null) => (value && value !== "other" ? value : "");

/** null where only the server can tell: without a site, or where the line is too long. */
export function recordLine(image: Pick<Image, (typeof LINE_FIELDS)[number]>): string | null {
  if (!image.bodySite) return null;
  const line = [
    placed(image.bodySite, image.laterality),
    code(image.type),
    code(image.view),
    oneLine(image.label),
  ]
    .filter(Boolean)
    .join(DASH);
  return line.length > MOST ? null : line;
}

/** What filing adds, so that each title is unique and sorts: "28 Nov 2026 14:30 (2 of 3)". */
export function filedEnding(takenAt: string, number: number, count: number): string {
  const at = new Date(takenAt);
  const of = count > 1 ? ` (${number} of ${count})` : "";
  return `${DASH}${calendarDate(practiceDay(at))} ${practiceTime(at)}${of}`;
}
