// How the editor describes marks and crops, on the screen and to a screen reader.

import { locale } from "../locale";
import type { Mark, Sheet, Size } from "../types";
import { shown, toFrame } from "./geometry";
import { middle } from "./marks";

export const markName = (mark: Mark) =>
  mark.kind === "text" ? locale.textMark(mark.words) : locale.marks[mark.kind];

/** "Arrow, 2 of 3." */
export function positionAmong(marks: readonly Mark[], mark: Mark): string {
  return locale.announce.among(markName(mark), marks.findIndex(({ id }) => id === mark.id) + 1, marks.length);
}

/** The position of a mark's middle in the visible part, for anyone who moves it by key and can't see it. */
export function positionOf(image: Size, sheet: Sheet, mark: Mark): string {
  const view = shown(image, sheet);
  const at = toFrame(image, sheet, middle(mark));
  const share = (place: number, length: number) => Math.round((place / length) * 100);
  const [across, down] = [share(at.x - view.x, view.width), share(at.y - view.y, view.height)];
  return locale.announce.position(markName(mark), across, down);
}

/** What a crop leaves, in pixels. */
export function cropSize(image: Size, sheet: Sheet): string {
  const { width, height } = shown(image, sheet);
  return locale.announce.crop(width, height);
}
