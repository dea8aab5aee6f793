// For browsers whose workers can't draw, such as Safari before 16.4: the same in the page, which does not answer for a moment.
import { type NewSurface, type Prepared, prepareFrom } from "./prepare";

const newSurface: NewSurface = (width, height) => {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const toJpeg = (quality: number) =>
    new Promise<Blob>((resolve, reject) => {
      const done = (blob: Blob | null) => (blob ? resolve(blob) : reject(new Error("not encoded")));
      canvas.toBlob(done, "image/jpeg", quality);
    });
  return { image: canvas, width, height, context, toJpeg };
};

/** An image element is upright: browsers turn it as its metadata says. null: this browser can't decode it. */
export async function prepareInPage(pendingImage: Blob): Promise<Prepared | null> {
  const address = URL.createObjectURL(pendingImage);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    return await prepareFrom({ image, width: image.naturalWidth, height: image.naturalHeight }, newSurface);
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}
