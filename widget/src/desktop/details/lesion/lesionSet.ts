// A lesion is a set: context, close-up and dermoscopy of the same site, side and label.
import type { Details, Image } from "../../../api/types";

export const SLOTS = ["context", "close-up", "dermoscopy"] as const satisfies readonly NonNullable<
  Details["view"]
>[];

export type Slot = (typeof SLOTS)[number];

/** The same for all photos of one lesion. */
export const lesionKey = (image: Image) =>
  JSON.stringify([image.bodySite, image.laterality?.code ?? null, image.label.trim()]);

/** The photos of the same lesion, this one included. */
export function setOf(image: Image, all: readonly Image[]): Image[] {
  if (image.type !== "lesion" || !image.bodySite) return [];
  const key = lesionKey(image);
  return all.filter((other) => other.type === "lesion" && lesionKey(other) === key);
}

/** A regional photo shows the surroundings as well as a context photo does. */
const fills = (image: Image, slot: Slot) =>
  image.view === slot || (slot === "context" && image.view === "regional");

export const inSlot = (set: readonly Image[], slot: Slot) => set.find((image) => fills(image, slot));

export const missingOf = (set: readonly Image[]): Slot[] => SLOTS.filter((slot) => !inSlot(set, slot));

export type Incomplete = { first: Image; missing: Slot[] };

/** The sets that were begun, with two views or with dermoscopy, and lack a view; each once. */
export function incompleteSets(all: readonly Image[]): Incomplete[] {
  const seen = new Set<string>();
  return all.flatMap((image) => {
    const set = setOf(image, all);
    const key = lesionKey(image);
    if (set.length === 0 || seen.has(key)) return [];
    seen.add(key);
    const missing = missingOf(set);
    const begun = set.some(({ view }) => view === "dermoscopy") || missing.length === 1;
    return begun && missing.length ? [{ first: image, missing }] : [];
  });
}
