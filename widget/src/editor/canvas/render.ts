// The saved image: every pixel from the full image, never from what the screen shows.

import { rotation, shown } from "../state/geometry";
import type { Blur, Sheet, Size } from "../types";
import { blurCanvas } from "./blur";
import { drawMark } from "./draw";

/** A small image is saved without any loss. */
const PNG_PIXELS = 1_000_000;
/** Best first; the next is taken where the one before makes too large a file. */
const QUALITIES = [1, 0.97, 0.95];

export class TooLargeToEdit extends Error {}

export const blursOf = (sheet: Sheet) => sheet.marks.filter((mark): mark is Blur => mark.kind === "blur");

/** Draws the image and its marks with the visible part's corner at the canvas's corner. */
export function paint(context: CanvasRenderingContext2D, image: CanvasImageSource & Size, sheet: Sheet) {
  const { cos, sin, degrees } = rotation(sheet);
  const { x, y } = shown(image, sheet);
  const [cx, cy] = [image.width / 2, image.height / 2];
  // With quarter turns alone this moves whole pixels, so nothing is resampled.
  context.setTransform(cos, sin, -sin, cos, -x - cos * cx + sin * cy, -y - sin * cx - cos * cy);
  context.imageSmoothingEnabled = sheet.straighten !== 0;
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0);
  for (const mark of sheet.marks) drawMark(context, mark, degrees);
}

/** Raises TooLargeToEdit where the browser can't hold the image, or no quality fits `most` bytes. */
export async function saved(source: ImageBitmap, sheet: Sheet, most: number): Promise<Blob> {
  const { width, height } = shown(source, sheet);
  const context = canvas(width, height);
  paint(context, hidden(source, sheet), sheet);
  if (width * height <= PNG_PIXELS) {
    const lossless = await encoded(context.canvas, "image/png");
    if (lossless && lossless.size <= most) return lossless;
  }
  for (const quality of QUALITIES) {
    const image = await encoded(context.canvas, "image/jpeg", quality);
    if (image && image.size <= most) return image;
  }
  throw new TooLargeToEdit();
}

/** The full image with its blurred areas already gone, before anything else is done with it. */
function hidden(source: ImageBitmap, sheet: Sheet): CanvasImageSource & Size {
  const blurs = blursOf(sheet);
  if (blurs.length === 0) return source;
  const context = canvas(source.width, source.height);
  context.drawImage(source, 0, 0);
  blurCanvas(context, source, blurs);
  return context.canvas;
}

function canvas(width: number, height: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = width;
  element.height = height;
  const context = element.getContext("2d", { willReadFrequently: true });
  if (!context) throw new TooLargeToEdit();
  return context;
}

const encoded = (from: HTMLCanvasElement, type: string, quality?: number) =>
  new Promise<Blob | null>((resolve) => from.toBlob(resolve, type, quality));
