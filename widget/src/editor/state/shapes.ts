// Crops of a fixed shape: square for a tile, 4:3 and 3:2 as cameras make them, upright or lying.
import type { Box, Point, Shape } from "../types";

/** Width by height; 0 is any. */
export const RATIOS: Record<Shape, number> = {
  free: 0,
  "1:1": 1,
  "4:3": 4 / 3,
  "3:4": 3 / 4,
  "3:2": 3 / 2,
  "2:3": 2 / 3,
};

const ACROSS: Record<Shape, Shape> = {
  free: "free",
  "1:1": "1:1",
  "4:3": "3:4",
  "3:4": "4:3",
  "3:2": "2:3",
  "2:3": "3:2",
};

/** The shape as it is after a quarter turn. */
export const acrossOf = (shape: Shape): Shape => ACROSS[shape];

/** As much room as before in this shape, about the same middle; smaller where `inside` has no room for it. */
export function toShape(box: Box, shape: Shape, inside: Box): Box {
  const ratio = RATIOS[shape];
  if (!ratio) return box;
  const wanted = Math.sqrt(box.width * box.height * ratio);
  const width = Math.min(wanted, inside.width, inside.height * ratio);
  const height = width / ratio;
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height };
}

/** The box after a handle was pulled to `to`, in its shape and inside; the corner or edge that lies opposite stays. */
export function pulledInShape(box: Box, edge: Point, to: Point, shape: Shape, inside: Box): Box {
  const ratio = RATIOS[shape];
  const fixed = { x: box.x + box.width * (1 - edge.x), y: box.y + box.height * (1 - edge.y) };
  const [away, room] = [
    { x: distanceFrom(fixed.x, to.x, edge.x), y: distanceFrom(fixed.y, to.y, edge.y) },
    {
      x: roomFrom(fixed.x, edge.x, inside.x, inside.width),
      y: roomFrom(fixed.y, edge.y, inside.y, inside.height),
    },
  ];
  const width = Math.min(Math.max(away.x, away.y * ratio), room.x, room.y * ratio);
  const height = width / ratio;
  return { x: fixed.x - width * (1 - edge.x), y: fixed.y - height * (1 - edge.y), width, height };
}

/** `side` says where the handle lies: before (0), behind (1) or in the middle (0.5), which doesn't pull this way. */
const distanceFrom = (fixed: number, to: number, side: number) =>
  side === 0.5 ? 0 : Math.max(0, side === 1 ? to - fixed : fixed - to);

function roomFrom(fixed: number, side: number, start: number, length: number): number {
  const [before, behind] = [fixed - start, start + length - fixed];
  if (side === 0.5) return 2 * Math.min(before, behind);
  return side === 1 ? behind : before;
}
