// Blurring that can't be taken back: each cell becomes the average of its pixels, and nothing else of them is left.
import type { Blur, Box, Size } from "../types";

/** At most so many cells along an edge, and none smaller than this share of the image: letters and faces go. */
const MOST_CELLS = 8;
const SMALLEST_SHARE = 1 / 90;

export function cellOf(box: Box, image: Size): number {
  const edge = Math.max(box.width, box.height);
  return Math.ceil(Math.max(edge / MOST_CELLS, Math.max(image.width, image.height) * SMALLEST_SHARE, 2));
}

/** The whole pixels under a box, inside the image. */
export function covered(box: Box, image: Size): Box {
  const x = Math.max(0, Math.floor(box.x));
  const y = Math.max(0, Math.floor(box.y));
  const right = Math.min(image.width, Math.ceil(box.x + box.width));
  const bottom = Math.min(image.height, Math.ceil(box.y + box.height));
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

/** Averages RGBA pixels in place, cell by cell. */
export function pixelate(pixels: Uint8ClampedArray, { width, height }: Size, cell: number): void {
  for (let top = 0; top < height; top += cell)
    for (let left = 0; left < width; left += cell) {
      const right = Math.min(width, left + cell);
      const bottom = Math.min(height, top + cell);
      const sums = [0, 0, 0, 0];
      eachPixel(left, top, right, bottom, width, (at) => {
        for (let part = 0; part < 4; part++) sums[part] = (sums[part] ?? 0) + (pixels[at + part] ?? 0);
      });
      const count = (right - left) * (bottom - top);
      const average = sums.map((sum) => Math.round(sum / count));
      eachPixel(left, top, right, bottom, width, (at) => pixels.set(average, at));
    }
}

function eachPixel(
  left: number,
  top: number,
  right: number,
  bottom: number,
  width: number,
  act: (at: number) => void,
) {
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) act((y * width + x) * 4);
}

/** Blurs a canvas that shows the whole image at `scale`. */
export function blurCanvas(
  context: CanvasRenderingContext2D,
  image: Size,
  blurs: readonly Blur[],
  scale = 1,
) {
  for (const { box } of blurs) {
    const scaledBox = {
      x: box.x * scale,
      y: box.y * scale,
      width: box.width * scale,
      height: box.height * scale,
    };
    const canvas = context.canvas;
    const area = covered(scaledBox, canvas);
    if (area.width === 0 || area.height === 0) continue;
    const pixels = context.getImageData(area.x, area.y, area.width, area.height);
    pixelate(pixels.data, area, Math.max(1, Math.round(cellOf(box, image) * scale)));
    context.putImageData(pixels, area.x, area.y);
  }
}
