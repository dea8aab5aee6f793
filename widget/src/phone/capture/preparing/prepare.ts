// Makes an image upright, small enough and free of metadata, and judges it: the same steps in a worker and in the page.
import type { Hint } from "../../types";
import { findHints } from "../coach/quality";
import { ATTEMPTS, MOST_BYTES, THUMB_EDGE, within } from "./fitting";

export type Prepared = { image: Blob; thumb: Blob; hints: Hint[] };

/** Something to draw on, in a worker or in the page. */
export type Surface = {
  image: CanvasImageSource;
  width: number;
  height: number;
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  toJpeg(quality: number): Promise<Blob>;
};
export type NewSurface = (width: number, height: number) => Surface;
type Source = { image: CanvasImageSource; width: number; height: number };

const JUDGED_EDGE = 512;
const THUMB_QUALITY = 0.8;

function draw(source: Source, edge: number, newSurface: NewSurface): Surface {
  const { width, height } = within(source, edge);
  const surface = newSurface(width, height);
  surface.context.imageSmoothingQuality = "high";
  // What was see-through would turn black in a JPEG.
  surface.context.fillStyle = "#ffffff";
  surface.context.fillRect(0, 0, width, height);
  surface.context.drawImage(source.image, 0, 0, width, height);
  return surface;
}

/** `source` is upright. A re-encoded JPEG has no metadata. */
export async function prepareFrom(source: Source, newSurface: NewSurface): Promise<Prepared> {
  let edge = 0;
  let surface: Surface | undefined;
  let image: Blob | undefined;
  for (const attempt of ATTEMPTS) {
    if (attempt.edge !== edge) surface = draw(source, attempt.edge, newSurface);
    edge = attempt.edge;
    image = await surface?.toJpeg(attempt.quality);
    if (image && image.size <= MOST_BYTES) break;
  }
  if (!surface || !image) throw new Error("nothing drawn");
  const small = draw(surface, JUDGED_EDGE, newSurface);
  const { data } = small.context.getImageData(0, 0, small.width, small.height);
  const hints = findHints(data, small.width, small.height);
  const thumb = await draw(small, THUMB_EDGE, newSurface).toJpeg(THUMB_QUALITY);
  return { image, thumb, hints };
}
