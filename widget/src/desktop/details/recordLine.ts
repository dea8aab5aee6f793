// The line a colleague will read, before the server has composed it; as terminology/title.py does.
import type { Image } from "../../api/types";
import { practiceDay, practiceTime } from "../../shared/time/practiceTime";
import { calendarDate, capitalised } from "../../shared/wording";

/** What the line is made of. */
export const LINE_FIELDS = ["bodySite", "laterality", "type", "view", "label"] as const;

const MOST = 120;
const DASH = " – ";
const BOTH = "51440002";
const LIMB_SURFACE = /^(Front of |Back of )(.*)$/;

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().normalize("NFC");

function placed({ bodySite, laterality }: Pick<Image, "bodySite" | "laterality">): string {
  if (!bodySite) return "";
  const site = "text" in bodySite ? oneLine(bodySite.text) : bodySite.display;
  if (!laterality) return site;
  const both = laterality.code === BOTH;
  const side = both ? "both sides" : laterality.display.toLowerCase();
  if ("text" in bodySite) return `${site} (${side})`;
  if (both) return `${site}, ${side}`;
  const [, surface, rest] = LIMB_SURFACE.exec(site) ?? [];
  if (surface) return `${surface}${side} ${rest}`;
  return `${capitalised(side)} ${site.charAt(0).toLowerCase()}${site.slice(1)}`;
}

const code = (value: string | null) => (value && value !== "other" ? value : "");

/** null where only the server can tell: without a site, or where the line is too long. */
export function recordLine(image: Pick<Image, (typeof LINE_FIELDS)[number]>): string | null {
  if (!image.bodySite) return null;
  const line = [placed(image), code(image.type), code(image.view), oneLine(image.label)]
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
