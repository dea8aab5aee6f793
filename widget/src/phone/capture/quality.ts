// Is an image sharp and well lit? Judged on a small version; a hint for the person who took it, never a refusal.
import type { Hint } from "../types";

/** Below this variance of the Laplacian (8-bit grey, longest edge 512) edges are soft to the eye. */
const SOFT = 15;
const DARK_MEAN = 45;
const BLOWN = 250;
const BLOWN_SHARE = 0.3;

/** `pixels` as RGBA, row by row. */
export function findHints(pixels: Uint8ClampedArray, width: number, height: number): Hint[] {
  const grey = new Float32Array(width * height);
  let sum = 0;
  let blown = 0;
  for (let at = 0; at < grey.length; at++) {
    const from = at * 4;
    const light =
      0.299 * (pixels[from] ?? 0) + 0.587 * (pixels[from + 1] ?? 0) + 0.114 * (pixels[from + 2] ?? 0);
    grey[at] = light;
    sum += light;
    if (light > BLOWN) blown += 1;
  }
  const hints: Hint[] = [];
  const mean = sum / Math.max(1, grey.length);
  if (mean < DARK_MEAN) hints.push("dark");
  else if (blown / grey.length > BLOWN_SHARE) hints.push("bright");
  // In the dark everything is flat, and "hold still" would be the wrong advice.
  else if (edgeVariance(grey, width, height) < SOFT) hints.push("blurred");
  return hints;
}

/** Variance of the Laplacian: how much edge there is. */
export function edgeVariance(grey: Float32Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const around =
        (grey[at - 1] ?? 0) + (grey[at + 1] ?? 0) + (grey[at - width] ?? 0) + (grey[at + width] ?? 0);
      const edge = around - 4 * (grey[at] ?? 0);
      sum += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  if (count === 0) return 0;
  return squares / count - (sum / count) ** 2;
}
