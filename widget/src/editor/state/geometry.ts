// Where things are: between the image as it was, and the image as it is shown after turning and cropping.

import { type Box, MOST_DEGREES, type Point, type Sheet, type Size } from "../types";
import { acrossOf, toShape } from "./shapes";

/** Cosine and sine of the quarter turns; Math.cos would leave 6e-17 where pixels must meet exactly. */
const QUARTERS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

const SMALLEST = 16;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

export function rotation(sheet: Sheet): { cos: number; sin: number; degrees: number } {
  const [cos, sin] = QUARTERS[sheet.turns];
  const angle = (sheet.straighten * Math.PI) / 180;
  const [c, s] = sheet.straighten === 0 ? [1, 0] : [Math.cos(angle), Math.sin(angle)];
  return { cos: cos * c - sin * s, sin: sin * c + cos * s, degrees: sheet.turns * 90 + sheet.straighten };
}

export const turnedSize = (image: Size, sheet: Sheet): Size =>
  sheet.turns % 2 === 0 ? image : { width: image.height, height: image.width };

/** What there is to see after turning, measured from its middle: no empty corner is ever inside it. */
export function frame(image: Size, sheet: Sheet): Box {
  const { width, height } = turnedSize(image, sheet);
  const angle = (Math.abs(sheet.straighten) * Math.PI) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const share =
    sheet.straighten === 0
      ? 1
      : Math.min(width / (width * c + height * s), height / (width * s + height * c));
  const whole = { width: Math.floor(width * share), height: Math.floor(height * share) };
  return { x: -whole.width / 2, y: -whole.height / 2, ...whole };
}

/** A box brought inside the frame and onto whole pixels. */
export function fitted(box: Box, inside: Box): Box {
  const width = clamp(Math.round(box.width), Math.min(SMALLEST, inside.width), inside.width);
  const height = clamp(Math.round(box.height), Math.min(SMALLEST, inside.height), inside.height);
  const left = clamp(Math.round(box.x - inside.x), 0, inside.width - width);
  const top = clamp(Math.round(box.y - inside.y), 0, inside.height - height);
  return { x: inside.x + left, y: inside.y + top, width, height };
}

/** What is left after cropping. The crop itself is kept as chosen, so that straightening back loses nothing. */
export function shown(image: Size, sheet: Sheet): Box {
  const whole = frame(image, sheet);
  return sheet.crop === null ? whole : fitted(toShape(sheet.crop, sheet.shape, whole), whole);
}

export function toFrame(image: Size, sheet: Sheet, { x, y }: Point): Point {
  const { cos, sin } = rotation(sheet);
  const [dx, dy] = [x - image.width / 2, y - image.height / 2];
  return { x: dx * cos - dy * sin, y: dx * sin + dy * cos };
}

export function toImage(image: Size, sheet: Sheet, { x, y }: Point): Point {
  const { cos, sin } = rotation(sheet);
  return { x: x * cos + y * sin + image.width / 2, y: y * cos - x * sin + image.height / 2 };
}

/** A quarter turn, clockwise or back; the crop turns along. */
export function turned(sheet: Sheet, by: 1 | -1): Sheet {
  const turns = ((sheet.turns + by + 4) % 4) as Sheet["turns"];
  const { crop } = sheet;
  const shape = acrossOf(sheet.shape);
  if (crop === null) return { ...sheet, turns, shape };
  const size = { width: crop.height, height: crop.width };
  const corner =
    by === 1 ? { x: -(crop.y + crop.height), y: crop.x } : { x: crop.y, y: -(crop.x + crop.width) };
  return { ...sheet, turns, shape, crop: { ...corner, ...size } };
}

export const straightened = (sheet: Sheet, degrees: number): Sheet => ({
  ...sheet,
  straighten: clamp(Math.round(degrees * 10) / 10, -MOST_DEGREES, MOST_DEGREES),
});

/** A crop of the whole frame is none. */
export function cropped(image: Size, sheet: Sheet, box: Box): Sheet {
  const whole = frame(image, sheet);
  const crop = fitted(toShape(box, sheet.shape, whole), whole);
  const all = crop.width === whole.width && crop.height === whole.height;
  return { ...sheet, crop: all ? null : crop };
}

/** One of the eight handles of a box, as how far right and down it lies: 0, 0.5 or 1. */
export const EDGES: readonly Point[] = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
  { x: 0.5, y: 0 },
  { x: 1, y: 0.5 },
  { x: 0.5, y: 1 },
  { x: 0, y: 0.5 },
];

export const atEdge = (box: Box, edge: Point): Point => ({
  x: box.x + box.width * edge.x,
  y: box.y + box.height * edge.y,
});

/** The box after one handle was pulled to `to`; what lies opposite stays. */
export function pulled(box: Box, edge: Point, to: Point): Box {
  const span = (low: number, length: number, side: number, now: number): [number, number] => {
    if (side === 0.5) return [low, length];
    const fixed = side === 0 ? low + length : low;
    return [Math.min(fixed, now), Math.abs(now - fixed)];
  };
  const [x, width] = span(box.x, box.width, edge.x, to.x);
  const [y, height] = span(box.y, box.height, edge.y, to.y);
  return { x, y, width, height };
}

/** The upright box around points. */
export function around(points: readonly Point[]): Box {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

export const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
