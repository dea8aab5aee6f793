// Off the main thread, one image at a time: upright, small enough, free of metadata, judged.

import type { Hint } from "../types";
import { ATTEMPTS, MOST_BYTES, THUMB_EDGE, within } from "./fitting";
import { findHints } from "./quality";

export type Prepared = { image: Blob; thumb: Blob; hints: Hint[] };
/** null: this browser can't decode it; the server may. */
export type Reply = { number: number; prepared: Prepared | null };

const JUDGED_EDGE = 512;

function draw(source: CanvasImageSource, from: { width: number; height: number }, edge: number) {
  const { width, height } = within(from, edge);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  // What was see-through would turn black in a JPEG.
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return { canvas, context };
}

/** A re-encoded JPEG has no metadata and is upright. */
async function prepare(pendingImage: Blob): Promise<Prepared> {
  const bitmap = await createImageBitmap(pendingImage, { imageOrientation: "from-image" });
  try {
    let edge = 0;
    let canvas: OffscreenCanvas | undefined;
    let image: Blob | undefined;
    for (const attempt of ATTEMPTS) {
      if (attempt.edge !== edge) canvas = draw(bitmap, bitmap, attempt.edge).canvas;
      edge = attempt.edge;
      image = await canvas?.convertToBlob({ type: "image/jpeg", quality: attempt.quality });
      if (image && image.size <= MOST_BYTES) break;
    }
    if (!canvas || !image) throw new Error("nothing drawn");
    const small = draw(canvas, canvas, JUDGED_EDGE);
    const { width, height } = small.canvas;
    const hints = findHints(small.context.getImageData(0, 0, width, height).data, width, height);
    const thumb = await draw(small.canvas, small.canvas, THUMB_EDGE).canvas.convertToBlob({
      type: "image/jpeg",
      quality: 0.8,
    });
    return { image, thumb, hints };
  } finally {
    bitmap.close();
  }
}

addEventListener("message", async ({ data }: MessageEvent<{ number: number; pendingImage: Blob }>) => {
  const prepared = await prepare(data.pendingImage).catch(() => null);
  const reply: Reply = { number: data.number, prepared };
  postMessage(reply);
});
