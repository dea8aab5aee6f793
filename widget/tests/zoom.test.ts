import { describe, expect, test } from "vitest";
import { FITTED, fitInFrame, keepOverFrame, mostFor, panBy, zoomAt } from "../src/shared/zoom";

const PHOTO = { width: 4000, height: 3000 };
const BOX = fitInFrame(PHOTO, { x: 800, y: 800 });

describe("an enlarged photo", () => {
  test("fits its frame whole at first", () => {
    expect(BOX).toEqual({ frameWidth: 800, frameHeight: 800, width: 800, height: 600 });
  });

  test("keeps what is under the pointer under it", () => {
    const at = { x: 120, y: -40 };
    const place = zoomAt(FITTED, 3, at, BOX, 10);
    expect((at.x - place.x) / place.scale).toBeCloseTo(at.x);
    expect((at.y - place.y) / place.scale).toBeCloseTo(at.y);
  });

  test("is never moved out of its frame", () => {
    const place = panBy({ scale: 2, x: 0, y: 0 }, { x: 9999, y: -9999 }, BOX, 10);
    expect(place).toEqual({ scale: 2, x: 400, y: -200 });
  });

  test("comes back to the middle as it is made smaller, and no smaller than it fits", () => {
    const place = zoomAt({ scale: 2, x: 400, y: 200 }, 0.1, { x: 300, y: 0 }, BOX, 10);
    expect(place).toEqual(FITTED);
  });

  test("can be enlarged to two screen pixels for each of its own, and four times at least", () => {
    expect(mostFor(PHOTO, BOX)).toBe(10);
    expect(mostFor({ width: 400 }, BOX)).toBe(4);
    expect(keepOverFrame({ scale: 99, x: 0, y: 0 }, BOX, mostFor(PHOTO, BOX)).scale).toBe(10);
  });
});
