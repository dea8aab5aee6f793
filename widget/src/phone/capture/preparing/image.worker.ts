// Off the main thread: makes images ready to send, and encodes the viewfinder's frames.
import { type NewSurface, type Prepared, prepareFrom } from "./prepare";

export type Task = { pendingImage: Blob } | { bitmap: ImageBitmap; quality: number };
/** Neither: this browser can't do it; the page, or the server, may. */
export type Reply = { number: number; prepared?: Prepared; encoded?: Blob };

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

function encode(bitmap: ImageBitmap, quality: number): Promise<Blob> {
  const surface = newSurface(bitmap.width, bitmap.height);
  surface.context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return surface.toJpeg(quality);
}

const done = async (task: Task): Promise<Omit<Reply, "number">> =>
  "bitmap" in task
    ? { encoded: await encode(task.bitmap, task.quality) }
    : { prepared: await prepare(task.pendingImage) };

addEventListener("message", async ({ data }: MessageEvent<Task & { number: number }>) => {
  const reply: Reply = { number: data.number, ...(await done(data).catch(() => ({}))) };
  postMessage(reply);
});
