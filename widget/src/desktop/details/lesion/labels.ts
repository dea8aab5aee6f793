// Which labels to offer: those in use, for another view of the same mole, and the next free number.
import type { Image } from "../../../api/types";
import { locale } from "../../locale";

const words = locale.details;

const numbered = (label: string) => {
  const parts = /^(.*\S)\s+(\d{1,3})$/.exec(label.trim());
  return parts ? { stem: parts[1] ?? "", number: Number(parts[2]) } : null;
};

/** At most `most`, the likeliest first, without the label that the image has. */
export function suggestLabels(image: Image, others: readonly Image[], most = 4): string[] {
  const used = [...new Set(others.map((other) => other.label.trim()).filter(Boolean))];
  const known = [image.label, ...used.toReversed()].flatMap((label) => numbered(label) ?? []);
  const stems = new Set(known.map((one) => one.stem));
  const usual = words.labelStems[image.type ?? ""];
  if (usual && stems.size === 0) stems.add(usual);
  const next = [...stems].map((stem) => {
    const taken = [image.label, ...used].flatMap((label) => numbered(label) ?? []);
    const numbers = taken.filter((one) => one.stem === stem).map((one) => one.number);
    return `${stem} ${Math.max(0, ...numbers) + 1}`;
  });
  return [...used.toReversed().slice(0, most - 1), ...next]
    .filter((label, at, all) => label !== image.label.trim() && all.indexOf(label) === at)
    .slice(0, most);
}
