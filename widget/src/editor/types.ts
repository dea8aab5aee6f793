// What an edit is made of. Lengths are pixels of the image itself, never of the screen.
import type { Point } from "../shared/zoom";

export type { Point };
export type Size = { width: number; height: number };
export type Box = Point & Size;

export type Colour = "yellow" | "cyan" | "white" | "red" | "black";

/** `size` is the width of a stroke; a letter is `LETTER` times as high. */
type Common = { id: number; colour: Colour; size: number };

export type Arrow = Common & { kind: "arrow"; from: Point; to: Point };
export type Circle = Common & { kind: "circle"; box: Box };
export type Line = Common & { kind: "line"; points: readonly Point[] };
/** `at` is its middle, `width` how wide the words are. It is always upright, however the image is turned. */
export type TextMark = Common & { kind: "text"; at: Point; words: string; width: number };
export type Blur = Common & { kind: "blur"; box: Box };
export type Mark = Arrow | Circle | Line | TextMark | Blur;
export type Kind = Mark["kind"];
export type Tool = "select" | "crop" | Kind;

/** What a crop is held to while it is pulled; turning the image turns it along. */
export type Shape = "free" | "1:1" | "4:3" | "3:4" | "3:2" | "2:3";

/**
 * Everything done to one image. Marks lie on the image as it was, so turning and cropping never touch them.
 * `turns` are quarter turns clockwise, `straighten` is in degrees, `crop` is measured from the image's middle after turning.
 */
export type Sheet = {
  turns: 0 | 1 | 2 | 3;
  straighten: number;
  crop: Box | null;
  shape: Shape;
  marks: readonly Mark[];
};

export const UNTOUCHED: Sheet = { turns: 0, straighten: 0, crop: null, shape: "free", marks: [] };
export const MOST_DEGREES = 15;
export const LETTER = 6;
/** What fits across an image. */
export const MOST_LETTERS = 80;

export const untouched = (sheet: Sheet) =>
  sheet.turns === 0 && sheet.straighten === 0 && sheet.crop === null && sheet.marks.length === 0;
