// Where an image is in its frame while it is enlarged and moved: pure arithmetic, in CSS pixels.

/** `scale` 1 fits the frame; `x`, `y` is how far the image's middle is from the frame's. */
export type ZoomPosition = { scale: number; x: number; y: number };
/** The frame, and the image as it fits in it. */
export type FittedBox = { frameWidth: number; frameHeight: number; width: number; height: number };
export type Point = { x: number; y: number };

export const FITTED: ZoomPosition = { scale: 1, x: 0, y: 0 };
export const STEP = 1.4;

/** How large an image of this size is when it fits the frame; never larger than it is. */
export function fitInFrame(natural: { width: number; height: number }, frame: Point): FittedBox {
  const share = Math.min(frame.x / natural.width, frame.y / natural.height);
  return {
    frameWidth: frame.x,
    frameHeight: frame.y,
    width: natural.width * share,
    height: natural.height * share,
  };
}

const between = (value: number, most: number) => Math.min(most, Math.max(-most, value));

/** Keeps the image over the frame, and the scale between fitting and `most`. */
export function keepOverFrame(place: ZoomPosition, box: FittedBox, most: number): ZoomPosition {
  const scale = Math.min(Math.max(1, most), Math.max(1, place.scale));
  return {
    scale,
    x: between(place.x, Math.max(0, (box.width * scale - box.frameWidth) / 2)),
    y: between(place.y, Math.max(0, (box.height * scale - box.frameHeight) / 2)),
  };
}

/** Enlarges by `factor` so that what is under `at` (from the frame's middle) stays under it. */
export function zoomAt(
  place: ZoomPosition,
  factor: number,
  at: Point,
  box: FittedBox,
  most: number,
): ZoomPosition {
  const scale = Math.min(Math.max(1, most), Math.max(1, place.scale * factor));
  const share = scale / place.scale;
  return keepOverFrame(
    { scale, x: at.x - (at.x - place.x) * share, y: at.y - (at.y - place.y) * share },
    box,
    most,
  );
}

export const panBy = (place: ZoomPosition, by: Point, box: FittedBox, most: number): ZoomPosition =>
  keepOverFrame({ ...place, x: place.x + by.x, y: place.y + by.y }, box, most);

/** The most that makes sense: two screen pixels for each of the image's, and at least four times the fit. */
export const mostFor = (natural: { width: number }, box: FittedBox): number =>
  Math.max(4, (natural.width / Math.max(1, box.width)) * 2);
