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

/** `pixels` as RGBA, row by row, at a longest edge of 256 to 512. */
export function hasScale(pixels: Uint8ClampedArray, width: number, height: number): boolean {
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at++) grey[at] = pixels[at * 4 + 1] ?? 0;
  for (let number = 0; number < DIRECTIONS; number++)
    if (alongDirection(grey, width, height, (number * Math.PI) / DIRECTIONS)) return true;
  return false;
}

function alongDirection(grey: Float32Array, width: number, height: number, angle: number): boolean {
  const [along, across] = [Math.cos(angle), Math.sin(angle)];
  const reach = Math.ceil(Math.hypot(width, height) / 2);
  const line = new Float32Array(2 * reach);
  let before = new Map<number, { step: number; run: number }>();
  for (let offset = -reach; offset < reach; offset += LINES_PX) {
    const length = sample(line, grey, width, height, { along, across, offset, reach });
    const here = new Map<number, { step: number; run: number }>();
    for (let start = 0; start + WINDOW <= length.end; start += STRIDE) {
      if (start < length.start) continue;
      const step = stepOf(line.subarray(start, start + WINDOW));
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

type Line = { along: number; across: number; offset: number; reach: number };

/** Reads one line through the picture; returns where in `line` it is inside. */
function sample(
  line: Float32Array,
  grey: Float32Array,
  width: number,
  height: number,
  { along, across, offset, reach }: Line,
): { start: number; end: number } {
  let start = -1;
  let end = 0;
  for (let at = 0; at < line.length; at++) {
    const x = Math.round(width / 2 + (at - reach) * along - offset * across);
    const y = Math.round(height / 2 + (at - reach) * across + offset * along);
    if (x < 0 || y < 0 || x >= width || y >= height) continue;
    if (start < 0) start = at;
    end = at + 1;
    line[at] = grey[y * width + x] ?? 0;
  }
  return { start: Math.max(0, start), end };
}

/** The step after which the changes along a stretch repeat, in pixels; 0 if they don't. */
function stepOf(stretch: Float32Array): number {
  const changes = new Float32Array(stretch.length - 1);
  let energy = 0;
  let sum = 0;
  for (let at = 0; at < changes.length; at++) {
    const change = (stretch[at + 1] ?? 0) - (stretch[at] ?? 0);
    changes[at] = change;
    energy += change * change;
    sum += Math.abs(change);
  }
  if (sum < CONTRAST * changes.length * 0.5) return 0;
  let best = 0;
  let step = 0;
  for (let lag = SHORTEST; lag <= LONGEST; lag++) {
    let alike = 0;
    for (let at = lag; at < changes.length; at++) alike += (changes[at] ?? 0) * (changes[at - lag] ?? 0);
    const share = (alike / energy) * (changes.length / (changes.length - lag));
    if (share > best) [best, step] = [share, lag];
  }
  return best >= REPEATS ? step : 0;
}
