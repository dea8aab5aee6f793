// Is a ruler in view? Found by its marks: the same step again and again along a line, on neighbouring lines alike.

const DIRECTIONS = 12;
const LINES_PX = 5;
const WINDOW = 72;
const STRIDE = 24;
const SHORTEST = 4;
const LONGEST = 18;
/** How much of a line's changes repeats after one step; skin, hair and cloth have less. */
const REPEATS = 0.5;
/** Grey levels that marks differ from what is between them, on average. */
const CONTRAST = 9;
/** So many neighbouring lines have to agree on the step. */
const LINES = 3;

/** Each frame is searched in a few directions only; so many frames are a whole sweep. */
export const SWEEP_FRAMES = 4;

const allDirections = Array.from({ length: DIRECTIONS }, (_, number) => number);

/**
 * Searches frame after frame, given as RGBA, row by row, at a longest edge of 256 to 512; in each also in the direction
 * in which a ruler was seen last; false once a whole sweep saw none.
 */
export function createScale() {
  let number = 0;
  let missed = 0;
  let seen: number | null = null;

  return (pixels: Uint8ClampedArray, width: number, height: number): boolean => {
    const turn = allDirections.filter((each) => each === seen || each % SWEEP_FRAMES === number);
    number = (number + 1) % SWEEP_FRAMES;
    const found = directionOf(greyOf(pixels, width, height), width, height, turn);
    missed = found === null ? missed + 1 : 0;
    seen = found ?? (missed < SWEEP_FRAMES ? seen : null);
    return missed < SWEEP_FRAMES;
  };
}

function greyOf(pixels: Uint8ClampedArray, width: number, height: number): Float32Array {
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at++) grey[at] = pixels[at * 4 + 1] ?? 0;
  return grey;
}

/** The first of these directions in which there is a ruler; null if there is none. */
function directionOf(grey: Float32Array, width: number, height: number, among: number[]): number | null {
  for (const each of among)
    if (alongDirection(grey, width, height, (each * Math.PI) / DIRECTIONS)) return each;
  return null;
}

function alongDirection(grey: Float32Array, width: number, height: number, angle: number): boolean {
  const [along, across] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(Math.hypot(width, height) / 2);
  const line = newLine(2 * reach);
  let before = new Map<number, { step: number; run: number }>();
  for (let offset = -reach; offset < reach; offset += LINES_PX) {
    const { start: first, end } = sample(line, grey, width, height, { along, across, offset, reach });
    const here = new Map<number, { step: number; run: number }>();
    for (let start = Math.ceil(first / STRIDE) * STRIDE; start + WINDOW <= end; start += STRIDE) {
      const step = stepOf(line, start);
      if (step === 0) continue;
      const near = [before.get(start), before.get(start - STRIDE), before.get(start + STRIDE)];
      const same = near.filter((each) => each !== undefined && Math.abs(each.step - step) <= 1);
      const run = 1 + Math.max(0, ...same.map((each) => each?.run ?? 0));
      if (run >= LINES) return true;
      here.set(start, { step, run });
    }
    before = here;
  }
  return false;
}

/** Changes from one pixel of a line to the next, and their sums up to each, so that most stretches are passed over at once. */
type Line = { changes: Float32Array; sums: Float32Array };

const newLine = (length: number): Line => ({
  changes: new Float32Array(length),
  sums: new Float32Array(length + 1),
});

type Place = { along: number; across: number; offset: number; reach: number };

/** Reads one line through the picture; returns from where to where it is inside. */
function sample(
  { changes, sums }: Line,
  grey: Float32Array,
  width: number,
  height: number,
  { along, across, offset, reach }: Place,
): { start: number; end: number } {
  const [x0, y0] = [
    width / 2 - offset * across - reach * along,
    height / 2 + offset * along - reach * across,
  ];
  const [left, right] = inside(x0, along, width - 1, changes.length);
  const [top, bottom] = inside(y0, across, height - 1, changes.length);
  const [start, end] = [Math.max(left, top), Math.min(right, bottom)];
  let before = 0;
  for (let at = start; at < end; at++) {
    const x = Math.round(x0 + at * along);
    const y = Math.round(y0 + at * across);
    const level = grey[y * width + x] ?? 0;
    if (at > start) changes[at - 1] = level - before;
    sums[at] = at > start ? (sums[at - 1] ?? 0) + Math.abs(level - before) : 0;
    before = level;
  }
  return { start, end };
}

/** For which steps `from + step * by` rounds to 0 to `most`: the first, and the one after the last. */
function inside(from: number, by: number, most: number, steps: number): [number, number] {
  if (Math.abs(by) < 1e-9) return from >= -0.5 && from < most + 0.5 ? [0, steps] : [0, 0];
  const [one, other] = [(-0.5 - from) / by, (most + 0.5 - from) / by];
  const [first, last] = [Math.min(one, other), Math.max(one, other)];
  return [Math.max(0, Math.floor(first) + 1), Math.min(steps, Math.ceil(last))];
}

/** The step after which the changes along a stretch repeat, in pixels; 0 if they don't. */
function stepOf({ changes, sums }: Line, start: number): number {
  const count = WINDOW - 1;
  if ((sums[start + count] ?? 0) - (sums[start] ?? 0) < CONTRAST * count * 0.5) return 0;
  let energy = 0;
  for (let at = start; at < start + count; at++) energy += (changes[at] ?? 0) ** 2;
  let best = 0;
  let step = 0;
  for (let lag = SHORTEST; lag <= LONGEST; lag++) {
    let alike = 0;
    for (let at = start + lag; at < start + count; at++)
      alike += (changes[at] ?? 0) * (changes[at - lag] ?? 0);
    const share = (alike / energy) * (count / (count - lag));
    if (share > best) [best, step] = [share, lag];
  }
  return best >= REPEATS ? step : 0;
}
