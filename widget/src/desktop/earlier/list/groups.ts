// Earlier photos by lesion: those of one site, side and label together, newest first; the rest by date.
import type { EarlierImage } from "../../../api/types";
import { practiceDay } from "../../../shared/time/practiceTime";
import { capitalised, monthsBetween } from "../../../shared/wording";

export type Group = { name: string; images: EarlierImage[] };

/** The group with the newest photo comes first; photos filed by other systems come last, under `others`. */
export function grouped(images: readonly EarlierImage[], others: string): Group[] {
  const groups = new Map<string, Group>();
  for (const image of images) {
    const name = image.ours ? lesionName(image) : others;
    const group = groups.get(name) ?? { name, images: [] };
    group.images.push(image);
    groups.set(name, group);
  }
  return [...groups.values()].sort(
    (one, other) => Number(one.name === others) - Number(other.name === others),
  );
}

/** "Left forearm – Mole 1": the title without type, view and date, which is said beside it. */
export function lesionName(image: EarlierImage): string {
  const [site] = image.title.split(/\s+[-–—]\s+/);
  const place = image.bodySite ? (site ?? "") : capitalised(image.type ?? image.view ?? "");
  return [place, image.label].filter(Boolean).join(" – ");
}

const DAY_MS = 86_400_000;

/** How long ago in the words of a conversation: "today", "6 days ago", "8 months ago", "2 years ago". */
export function longAgo(iso: string, now: Date): string {
  const [then, today] = [practiceDay(new Date(iso)), practiceDay(now)];
  const days = Math.round((Date.parse(today) - Date.parse(then)) / DAY_MS);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  if (days < 14) return `${days} days ago`;
  const months = monthsBetween(then, today);
  if (months < 2) return `${Math.floor(days / 7)} weeks ago`;
  if (months < 24) return `${months} months ago`;
  return `${Math.floor(months / 12)} years ago`;
}
