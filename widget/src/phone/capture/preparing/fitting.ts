// How an image is made to fit: longest edge first, then quality, then a smaller edge. Fixed steps, so that the same image gives the same bytes.

export const LONGEST_EDGE = 2400;
export const MOST_BYTES = 1_000_000;
export const THUMB_EDGE = 480;

type Size = { width: number; height: number };

/** Never larger than it was. */
export function within(size: Size, edge: number): Size {
  const scale = Math.min(1, edge / Math.max(size.width, size.height));
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}

/** What is tried, in this order, until the result is small enough. The last one is used as it is; the server fits it further. */
export const ATTEMPTS: readonly { edge: number; quality: number }[] = [
  { edge: LONGEST_EDGE, quality: 0.9 },
  { edge: LONGEST_EDGE, quality: 0.8 },
  { edge: LONGEST_EDGE, quality: 0.68 },
  { edge: 2000, quality: 0.68 },
  { edge: 1600, quality: 0.68 },
  { edge: 1600, quality: 0.5 },
];
