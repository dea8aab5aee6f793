// What the details panel is about: the selected images together, and where they differ.
import type { Details, Image } from "../../api/types";

/** Of several images: what they have in common, and the fields in which they differ. */
export type Merged = { image: Image; mixed: ReadonlySet<keyof Details>; images: readonly Image[] };

const FIELDS = [
  "label",
  "bodySite",
  "laterality",
  "view",
  "type",
  "notes",
  "takenAt",
  "consent",
  "sensitive",
] as const satisfies readonly (keyof Details)[];

const BLANK: Partial<Details> = {
  label: "",
  bodySite: null,
  laterality: null,
  view: null,
  type: null,
  notes: "",
  consent: null,
  sensitive: false,
};

export function merge(images: readonly Image[]): Merged | null {
  const [first] = images;
  if (!first) return null;
  const same = (field: keyof Details) => {
    const value = shownOf(first, field);
    return images.every((image) => shownOf(image, field) === value);
  };
  const mixed = new Set(FIELDS.filter((field) => !same(field)));
  const blank = Object.fromEntries(
    [...mixed].map((field) => [field, field in BLANK ? BLANK[field] : first[field]]),
  );
  return { image: { ...first, ...blank } as Image, mixed, images };
}

/** Photos that were added together differ by milliseconds; what is shown of their times doesn't. */
const shownOf = (image: Image, field: keyof Details) =>
  field === "takenAt" ? image.takenAt.slice(0, 16) : JSON.stringify(image[field]);

/** The values that some of them have, for choices that show "some". */
export const valuesOf = (merged: Merged, field: "view" | "type"): string[] =>
  merged.images.flatMap((image) => image[field] ?? []);
