// Making, moving, resizing and deleting marks. Pure functions: a mark in, a mark out.

import {
  type Box,
  type Colour,
  type Kind,
  LETTER,
  type Mark,
  type Point,
  type Sheet,
  type Size,
} from "../types";
import { around, atEdge, distance, EDGES, pulled, shown, toFrame, toImage } from "./geometry";

export type Pen = { colour: Colour; size: number };

const CORNERS = EDGES.slice(0, 4);
const plus = (point: Point, by: Point): Point => ({ x: point.x + by.x, y: point.y + by.y });

/** Turned by degrees about a middle. */
function spun(point: Point, middle: Point, degrees: number): Point {
  const angle = (degrees * Math.PI) / 180;
  const [dx, dy] = [point.x - middle.x, point.y - middle.y];
  return {
    x: middle.x + dx * Math.cos(angle) - dy * Math.sin(angle),
    y: middle.y + dx * Math.sin(angle) + dy * Math.cos(angle),
  };
}

export const nextId = (sheet: Sheet) => Math.max(0, ...sheet.marks.map((mark) => mark.id)) + 1;

/** A mark as a stroke of the pointer makes it. */
export function drawn(kind: Exclude<Kind, "text">, id: number, pen: Pen, trail: readonly Point[]): Mark {
  const from = trail[0] ?? { x: 0, y: 0 };
  const to = trail.at(-1) ?? from;
  const common = { id, ...pen };
  if (kind === "arrow") return { ...common, kind, from, to };
  if (kind === "line") return { ...common, kind, points: trail };
  return { ...common, kind, box: around([from, to]) };
}

export const written = (id: number, pen: Pen, at: Point, words: string, width: number): Mark => ({
  id,
  ...pen,
  kind: "text",
  at,
  words,
  width,
});

/** Too small to have been meant: a slip of the finger leaves nothing. */
export function meant(mark: Mark): boolean {
  if (mark.kind === "text") return true;
  const { width, height } = bounds(mark, 0);
  return Math.max(width, height) >= mark.size * 2;
}

/** The box around a mark; `degrees` is how far the image is turned, because words stay upright. */
export function bounds(mark: Mark, degrees: number): Box {
  if (mark.kind === "arrow") return around([mark.from, mark.to]);
  if (mark.kind === "line") return around(mark.points);
  if (mark.kind === "text") return around(corners(mark, degrees));
  return mark.box;
}

function corners(mark: Mark & { kind: "text" }, degrees: number): Point[] {
  // A little room around, so that handles lie beside the letters and not on them.
  const [width, height] = [mark.width + mark.size * 3, mark.size * (LETTER + 2)];
  const box = { x: mark.at.x - width / 2, y: mark.at.y - height / 2, width, height };
  return CORNERS.map((corner) => spun(atEdge(box, corner), mark.at, -degrees));
}

export const middle = (mark: Mark): Point => atEdge(bounds(mark, 0), { x: 0.5, y: 0.5 });

/** Where a mark can be taken hold of. */
export function handles(mark: Mark, degrees: number): Point[] {
  if (mark.kind === "arrow") return [mark.from, mark.to];
  if (mark.kind === "text") return corners(mark, degrees);
  return CORNERS.map((corner) => atEdge(bounds(mark, degrees), corner));
}

export function moved(mark: Mark, by: Point): Mark {
  if (mark.kind === "arrow") return { ...mark, from: plus(mark.from, by), to: plus(mark.to, by) };
  if (mark.kind === "line") return { ...mark, points: mark.points.map((point) => plus(point, by)) };
  if (mark.kind === "text") return { ...mark, at: plus(mark.at, by) };
  return { ...mark, box: { ...mark.box, ...plus(mark.box, by) } };
}

/** After one handle was pulled to `to`. */
export function resized(mark: Mark, handle: number, to: Point, degrees: number): Mark {
  if (mark.kind === "arrow") return { ...mark, [handle === 0 ? "from" : "to"]: to };
  if (mark.kind === "text") {
    const was = handles(mark, degrees)[handle] ?? mark.at;
    return scaled(mark, distance(mark.at, to) / Math.max(1, distance(mark.at, was)));
  }
  const before = bounds(mark, degrees);
  const edge = CORNERS[handle] ?? { x: 1, y: 1 };
  if (mark.kind !== "line") return { ...mark, box: pulled(before, edge, to) };
  const fixed = atEdge(before, { x: 1 - edge.x, y: 1 - edge.y });
  const held = atEdge(before, edge);
  const share = (now: number, was: number, stays: number) =>
    was === stays ? 1 : (now - stays) / (was - stays);
  const [sx, sy] = [share(to.x, held.x, fixed.x), share(to.y, held.y, fixed.y)];
  const points = mark.points.map(({ x, y }) => ({
    x: fixed.x + (x - fixed.x) * sx,
    y: fixed.y + (y - fixed.y) * sy,
  }));
  return { ...mark, points };
}

/** Larger or smaller about its middle. */
export function scaled(mark: Mark, by: number): Mark {
  const at = middle(mark);
  const away = ({ x, y }: Point) => ({ x: at.x + (x - at.x) * by, y: at.y + (y - at.y) * by });
  if (mark.kind === "arrow") return { ...mark, from: away(mark.from), to: away(mark.to) };
  if (mark.kind === "line") return { ...mark, points: mark.points.map(away) };
  if (mark.kind === "text") return { ...mark, size: mark.size * by, width: mark.width * by };
  const box = mark.box;
  const [width, height] = [box.width * by, box.height * by];
  return { ...mark, box: { x: at.x - width / 2, y: at.y - height / 2, width, height } };
}

/** An arrow or a line turned about its middle; the others have no direction. */
export function pointed(mark: Mark, degrees: number): Mark {
  const at = middle(mark);
  if (mark.kind === "arrow")
    return { ...mark, from: spun(mark.from, at, degrees), to: spun(mark.to, at, degrees) };
  if (mark.kind === "line") return { ...mark, points: mark.points.map((point) => spun(point, at, degrees)) };
  return mark;
}

const within = (low: number, high: number, most: number) => {
  if (high - low > most) return -low + (most - (high - low)) / 2;
  return low < 0 ? -low : high > most ? most - high : 0;
};

/** Kept inside the picture: text as a whole and no wider than what is shown, other marks by moving or cutting them. */
export function inside(mark: Mark, image: Size, sheet: Sheet): Mark {
  if (mark.kind === "text") return textInside(mark, image, sheet);
  if (mark.kind === "circle" || mark.kind === "blur") {
    const { x, y, width, height } = mark.box;
    const [w, h] = [Math.min(width, image.width), Math.min(height, image.height)];
    const box = { x, y, width: w, height: h };
    return {
      ...mark,
      box: {
        ...box,
        x: Math.min(Math.max(0, x), image.width - w),
        y: Math.min(Math.max(0, y), image.height - h),
      },
    };
  }
  const { x, y, width, height } = bounds(mark, 0);
  const by = { x: within(x, x + width, image.width), y: within(y, y + height, image.height) };
  const shifted = by.x || by.y ? moved(mark, by) : mark;
  const at = (point: Point): Point => ({
    x: Math.min(Math.max(0, point.x), image.width),
    y: Math.min(Math.max(0, point.y), image.height),
  });
  if (shifted.kind === "arrow") return { ...shifted, from: at(shifted.from), to: at(shifted.to) };
  return shifted.kind === "line" ? { ...shifted, points: shifted.points.map(at) } : shifted;
}

function textInside(mark: Mark & { kind: "text" }, image: Size, sheet: Sheet): Mark {
  const room = shown(image, sheet);
  const most = room.width * 0.98;
  const wide = mark.width + mark.size * 2;
  const share = wide > most ? most / wide : 1;
  const fitting = { ...mark, size: mark.size * share, width: mark.width * share };
  const half = { x: (wide * share) / 2, y: (fitting.size * (LETTER + 2)) / 2 };
  const place = toFrame(image, sheet, mark.at);
  const clamp = (value: number, low: number, high: number) =>
    Math.min(Math.max(low, value), Math.max(low, high));
  const kept = {
    x: clamp(place.x, room.x + half.x, room.x + room.width - half.x),
    y: clamp(place.y, room.y + half.y, room.y + room.height - half.y),
  };
  return { ...fitting, at: toImage(image, sheet, kept) };
}

export const added = (sheet: Sheet, mark: Mark): Sheet => ({ ...sheet, marks: [...sheet.marks, mark] });
export const without = (sheet: Sheet, id: number): Sheet => ({
  ...sheet,
  marks: sheet.marks.filter((mark) => mark.id !== id),
});
export const replaced = (sheet: Sheet, mark: Mark): Sheet => ({
  ...sheet,
  marks: sheet.marks.map((other) => (other.id === mark.id ? mark : other)),
});
