// Off the main thread, one image at a time.
import { type NewSurface, type Prepared, prepareFrom } from "./prepare";

/** null: this browser can't decode it; the server may. */
export type Reply = { number: number; prepared: Prepared | null };

const newSurface: NewSurface = (width, height) => {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const toJpeg = (quality: number) => canvas.convertToBlob({ type: "image/jpeg", quality });
  return { image: canvas, width, height, context, toJpeg };
};

async function prepare(pendingImage: Blob): Promise<Prepared> {
  const bitmap = await createImageBitmap(pendingImage, { imageOrientation: "from-image" });
  try {
    return await prepareFrom({ image: bitmap, width: bitmap.width, height: bitmap.height }, newSurface);
  } finally {
    bitmap.close();
  }
}

addEventListener("message", async ({ data }: MessageEvent<{ number: number; pendingImage: Blob }>) => {
  const prepared = await prepare(data.pendingImage).catch(() => null);
  const reply: Reply = { number: data.number, prepared };
  postMessage(reply);
});
