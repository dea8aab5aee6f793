// How dates, ages, sizes and counts are written for a New Zealand clinician.
import type { BodySite, Concept } from "../api/types";
import { practiceDay, practiceTime } from "./time/practiceTime";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "1 image", "3 images". */
export const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** ISO date (no time) to "7 Aug 1965". */
export function calendarDate(iso: string): string {
  const [year, month, day] = iso.split("-").map(Number);
  const name = MONTHS[(month ?? 0) - 1];
  return year && name && day ? `${day} ${name} ${year}` : iso;
}

/** Whole months from one ISO date to another; NaN if one is none. */
export function monthsBetween(from: string, to: string): number {
  const [year = NaN, month = NaN, day = NaN] = from.split("-").map(Number);
  const [toYear = NaN, toMonth = NaN, toDay = NaN] = to.split("-").map(Number);
  return (toYear - year) * 12 + toMonth - month - (toDay < day ? 1 : 0);
}

/** Whole years of age on `now`; NaN if the birth date is not known. */
export const yearsOf = (birthDate: string, now: Date): number =>
  Math.floor(monthsBetween(birthDate, practiceDay(now)) / 12);

/** Age on `now` in words that fit a banner: "3 weeks", "14 months", "61 years"; "" if unknown. */
export function age(birthDate: string, now: Date): string {
  const today = practiceDay(now);
  const months = monthsBetween(birthDate, today);
  if (!(months >= 0)) return "";
  if (months >= 24) return counted(Math.floor(months / 12), "year");
  if (months >= 3) return counted(months, "month");
  const days = Math.round((Date.parse(today) - Date.parse(birthDate)) / 86_400_000);
  return days < 14 ? counted(days, "day") : counted(Math.floor(days / 7), "week");
}

export const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** "2.4 MB", "380 kB". */
export function megabytes(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return `${(bytes / 1_048_576).toFixed(1).replace(/\.0$/, "")} MB`;
}

/** ISO time to "14:05", on the practice's clock. */
export const clockTime = (iso: string): string => practiceTime(new Date(iso));

const NEAR: Record<number, string> = { [-1]: "yesterday", 0: "", 1: "tomorrow" };

/** ISO time to "14:05", with its day unless that is `now`'s: "23:50 yesterday", "00:05 tomorrow", "14:05 on 28 Nov". */
export function timeAndDay(iso: string, now: Date): string {
  const day = practiceDay(new Date(iso));
  const away = (Date.parse(day) - Date.parse(practiceDay(now))) / 86_400_000;
  const named = NEAR[away] ?? `on ${calendarDate(day).slice(0, -5)}`;
  return [clockTime(iso), named].filter(Boolean).join(" ");
}

/** ISO time to "28 Nov 2026, 14:05", on the practice's clock. */
export function dayAndTime(iso: string): string {
  const at = new Date(iso);
  return `${calendarDate(practiceDay(at))}, ${practiceTime(at)}`;
}

/** What a button is called while the pointer is on it: "Edit (E)". */
export const withKeys = (name: string, keys: string): string => `${name} (${keys})`;

/** Seconds to "9:05". */
export const minutesAndSeconds = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

const BOTH_SIDES = "51440002";

/** SNOMED CT calls it "Right and left"; a chip has room for one word. */
export const sideWord = (side: { code: string; display: string }): string =>
  side.code === BOTH_SIDES ? "Both" : side.display;

const LIMB_SURFACE = /^(Front of |Back of )(.*)$/;

export const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().normalize("NFC");

/** Site and side as colleagues read them, as terminology/title.py writes them: "Back of left hand", "Shin, both sides". */
export function placed(bodySite: BodySite | null, laterality: Concept | null): string {
  if (!bodySite) return "";
  const site = "text" in bodySite ? oneLine(bodySite.text) : bodySite.display;
  if (!laterality) return site;
  const both = laterality.code === BOTH_SIDES;
  const side = both ? "both sides" : laterality.display.toLowerCase();
  if ("text" in bodySite) return `${site} (${side})`;
  if (both) return `${site}, ${side}`;
  const [, surface, rest] = LIMB_SURFACE.exec(site) ?? [];
  if (surface) return `${surface}${side} ${rest}`;
  return `${capitalised(side)} ${site.charAt(0).toLowerCase()}${site.slice(1)}`;
}
