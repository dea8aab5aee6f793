// Is a photo sharp and well lit? Judged on a small version, never on what it shows; a hint for the person who took it, never a refusal.
import type { Hint } from "../../types";

/** Each is higher the worse it is; `hintsOf` says from where on it is worth a word. */
export type Scores = {
  /** How little a slight blur would change the sharpest parts (0 sharp, 1 blurred), by direction the worse. */
  blur: number;
  /** How far the light falls short, in exposure steps below what a phone's meter aims at. */
  dark: number;
  /** How far the light is above that. */
  bright: number;
  /** Share of a photo in good light that is washed out in patches; a white sheet at its edge is none. */
  glare: number;
};

/** Photos are judged at this longest edge; the thresholds below belong to it. */
export const JUDGED_EDGE = 512;

// Between good and spoilt photos of tests/bench/skin.py; nearer to the spoilt ones, because a wrong hint teaches to ignore hints.
const BLURRED = 0.29;
const DARK_STEPS = 1.25;
const BRIGHT_STEPS = 1.15;
const GLARE_SHARE = 0.012;
/** What a phone's meter makes of any scene: middle grey, in linear light. */
const METERED = 0.18;
const WASHED_OUT = 250;
const CELL_PX = 8;
const TILES = 8;
/** The sharpest part decides: what is behind a sharp lesion may be soft. */
const SHARPEST_SHARE = 0.3;
const REACH = 4;

/** `pixels` as RGBA, row by row. Worst first. */
export const findHints = (pixels: Uint8ClampedArray, width: number, height: number): Hint[] =>
  hintsOf(scoresOf(pixels, width, height));

export function hintsOf({ blur, dark, bright, glare }: Scores): Hint[] {
  const hints: Hint[] = [];
  if (dark > DARK_STEPS) hints.push("dark");
  else if (bright > BRIGHT_STEPS) hints.push("bright");
  else if (glare > GLARE_SHARE) hints.push("glare");
  // In the dark everything is flat, and "hold still" would be the wrong advice.
  if (hints.length === 0 && blur > BLURRED) hints.push("blurred");
  return hints;
}

export function scoresOf(pixels: Uint8ClampedArray, width: number, height: number): Scores {
  const grey = new Float32Array(width * height);
  let logs = 0;
  const cells = newCells(width, height);
  for (let at = 0; at < grey.length; at++) {
    const from = at * 4;
    const red = pixels[from] ?? 0;
    const green = pixels[from + 1] ?? 0;
    const blue = pixels[from + 2] ?? 0;
    const level = 0.299 * red + 0.587 * green + 0.114 * blue;
    grey[at] = level;
    logs += LOG_LIGHT[Math.round(level)] ?? 0;
    // One colour at its end is a saturated colour; all three are light that is gone.
    if (red >= WASHED_OUT && green >= WASHED_OUT && blue >= WASHED_OUT) {
      const cell = Math.floor(at / width / CELL_PX) * cells.across + Math.floor((at % width) / CELL_PX);
      cells.washed[cell] = (cells.washed[cell] ?? 0) + 1;
    }
  }
  const steps = Math.log2(METERED) - logs / Math.max(1, grey.length);
  return {
    blur: blurOf(grey, width, height),
    dark: steps,
    bright: -steps,
    glare: steps > -BRIGHT_STEPS ? patches(cells) / Math.max(1, grey.length) : 0,
  };
}

/** Grey level of sRGB to the binary logarithm of linear light. */
const LOG_LIGHT = Float64Array.from({ length: 256 }, (_, level) => {
  const value = level / 255;
  const light = value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return Math.log2(light + 0.001);
});

/** How many washed-out pixels each small square has. */
type Cells = { washed: Uint16Array; across: number; down: number };

function newCells(width: number, height: number): Cells {
  const across = Math.ceil(width / CELL_PX);
  const down = Math.ceil(height / CELL_PX);
  return { washed: new Uint16Array(across * down), across, down };
}

/** Washed-out pixels that are not connected with the photo's edge. */
function patches({ washed, across, down }: Cells): number {
  const isWashed = (at: number) => (washed[at] ?? 0) * 2 > CELL_PX * CELL_PX;
  const outside = new Set<number>();
  const waiting: number[] = [];
  function reach(x: number, y: number) {
    const at = y * across + x;
    if (x < 0 || y < 0 || x >= across || y >= down || outside.has(at) || !isWashed(at)) return;
    outside.add(at);
    waiting.push(at);
  }
  for (let x = 0; x < across; x++) for (const y of [0, down - 1]) reach(x, y);
  for (let y = 0; y < down; y++) for (const x of [0, across - 1]) reach(x, y);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const [x, y] = [at % across, Math.floor(at / across)];
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const)
      reach(x + dx, y + dy);
  }
  let count = 0;
  for (let at = 0; at < washed.length; at++) if (!outside.has(at)) count += washed[at] ?? 0;
  return count;
}

/** The measure of Crété and others (2007), in the sharpest tiles: how much of the differences between neighbours survives a blur. */
function blurOf(grey: Float32Array, width: number, height: number): number {
  const tile = { wide: Math.floor(width / TILES), high: Math.floor(height / TILES) };
  if (tile.wide < 2 * REACH || tile.high < 2 * REACH) return 0;
  const across = byTile(grey, width, height, 1, tile);
  const down = byTile(grey, width, height, width, tile);
  const sharpest = [...across.all.keys()]
    .sort((one, other) => contrast(across, down, other) - contrast(across, down, one))
    .slice(0, Math.ceil(across.all.length * SHARPEST_SHARE));
  return Math.max(average(across, sharpest), average(down, sharpest));
}

/** Sums of each tile: of differences between neighbours, and of how much a blur takes from them. */
type Differences = { all: Float64Array; lost: Float64Array };

const contrast = (across: Differences, down: Differences, at: number) =>
  (across.lost[at] ?? 0) + (down.lost[at] ?? 0);

function average(tiles: Differences, which: number[]): number {
  let all = 0;
  let lost = 0;
  for (const at of which) {
    all += tiles.all[at] ?? 0;
    lost += tiles.lost[at] ?? 0;
  }
  return all === 0 ? 1 : 1 - lost / all;
}

/** `step` 1 compares with the pixel to the left, the width with the one above. */
function byTile(
  grey: Float32Array,
  width: number,
  height: number,
  step: number,
  tile: { wide: number; high: number },
): Differences {
  const tiles = { all: new Float64Array(TILES * TILES), lost: new Float64Array(TILES * TILES) };
  const size = 2 * REACH + 1;
  const margin = REACH + 1;
  const [ahead, behind] = [REACH * step, (REACH + 1) * step];
  for (let y = margin; y < height - margin; y++) {
    const row = Math.min(TILES - 1, Math.floor(y / tile.high)) * TILES;
    for (let column = 0; column < TILES; column++) {
      const end = column === TILES - 1 ? width - margin : Math.min(width - margin, (column + 1) * tile.wide);
      let all = 0;
      let lost = 0;
      for (let x = Math.max(margin, column * tile.wide); x < end; x++) {
        const at = y * width + x;
        const difference = Math.abs((grey[at] ?? 0) - (grey[at - step] ?? 0));
        // The same difference after a blur along this direction: the ends of the two windows.
        const blurred = Math.abs((grey[at + ahead] ?? 0) - (grey[at - behind] ?? 0)) / size;
        all += difference;
        if (difference > blurred) lost += difference - blurred;
      }
      tiles.all[row + column] = (tiles.all[row + column] ?? 0) + all;
      tiles.lost[row + column] = (tiles.lost[row + column] ?? 0) + lost;
    }
  }
  return tiles;
}
