// What the editor says of what is drawn, on the screen and to a screen reader.

import type { Kind, Mark, Sheet, Size } from "../types";
import { shown, toFrame } from "./geometry";
import { middle } from "./marks";

const NAMES: Record<Kind, string> = {
  arrow: "Arrow",
  circle: "Circle",
  line: "Line",
  text: "Text",
  blur: "Blurred area",
};

export const markName = (mark: Mark) =>
  mark.kind === "text" ? `Text: ${mark.words || "empty"}` : NAMES[mark.kind];

/** "Arrow, 2 of 3." */
export function positionAmong(marks: readonly Mark[], mark: Mark): string {
  return `${markName(mark)}, ${marks.findIndex(({ id }) => id === mark.id) + 1} of ${marks.length}.`;
}

/** Where a mark's middle lies in what is shown, for anyone who moves it by keys and can't see it. */
export function positionOf(image: Size, sheet: Sheet, mark: Mark): string {
  const view = shown(image, sheet);
  const at = toFrame(image, sheet, middle(mark));
  const share = (place: number, length: number) => Math.round((place / length) * 100);
  const [across, down] = [share(at.x - view.x, view.width), share(at.y - view.y, view.height)];
  return `${markName(mark)}: ${across} % across, ${down} % down.`;
}

/** What a crop leaves, in pixels. */
export function cropSize(image: Size, sheet: Sheet): string {
  const { width, height } = shown(image, sheet);
  return `Crop: ${width} by ${height} pixels.`;
}
