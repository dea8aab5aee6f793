// The image's pixels on the screen: a smaller copy while it is looked at whole, its own when it is enlarged.
import { Image as KonvaImage } from "konva/lib/shapes/Image.js";
import type { Blur, Sheet } from "../types";
import { blurCanvas, covered } from "./blur";
import { blursOf } from "./render";

const PREVIEW_EDGE = 1_800;

export function createPreview(source: ImageBitmap) {
  const scale = Math.min(1, PREVIEW_EDGE / Math.max(source.width, source.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(source.width * scale));
  canvas.height = Math.max(1, Math.round(source.height * scale));
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  let blurred = "unset";

  function refresh(blurs: readonly Blur[]) {
    const now = JSON.stringify(blurs.map((blur) => blur.box));
    if (!brush || now === blurred) return;
    blurred = now;
    brush.imageSmoothingQuality = "high";
    brush.drawImage(source, 0, 0, canvas.width, canvas.height);
    blurCanvas(brush, source, blurs, canvas.width / source.width);
  }

  /** What to draw for the image when one of its pixels takes up `zoom` screen pixels. */
  function pieces(sheet: Sheet, zoom: number): KonvaImage[] {
    const blurs = blursOf(sheet);
    refresh(blurs);
    const whole = { width: source.width, height: source.height, listening: false };
    if (zoom <= scale || scale === 1) return [new KonvaImage({ image: canvas, ...whole })];
    return [new KonvaImage({ image: source, ...whole }), ...blurs.map(patch)];
  }

  /** A blurred area is as coarse in the copy, so that the copy's can lie over the image's own pixels. */
  function patch({ box }: Blur): KonvaImage {
    const [across, down] = [canvas.width / source.width, canvas.height / source.height];
    const small = {
      x: box.x * across,
      y: box.y * down,
      width: box.width * across,
      height: box.height * down,
    };
    const crop = covered(small, canvas);
    return new KonvaImage({
      image: canvas,
      crop,
      x: crop.x / across,
      y: crop.y / down,
      width: crop.width / across,
      height: crop.height / down,
      listening: false,
    });
  }

  return { pieces };
}
