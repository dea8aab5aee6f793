// Too close, too far, and a ruler that was asked for: what the coach says beside light and blur.
import { expect, test } from "vitest";
import { createDistance, isSteady } from "../../src/phone/capture/coach/distance";
import { createScale, SWEEP_FRAMES } from "../../src/phone/capture/coach/scale";

const sharp = { focus: null, nearest: null, blurred: false, steady: true };
const blurred = { ...sharp, blurred: true };

test("a blur that a steady hand doesn't end is too close, and a moving one is not", () => {
  const judge = createDistance();
  expect([1, 2, 3, 4].map(() => judge(blurred, null))).toEqual([null, null, null, "close"]);
  expect(judge({ ...blurred, steady: false }, null)).toBe(null);
  expect(judge(blurred, null)).toBe(null);
});

test("a lens at its stop says so at once", () => {
  const judge = createDistance();
  expect(judge({ ...blurred, focus: 0.08, nearest: 0.08 }, null)).toBe("close");
  expect(judge({ ...sharp, focus: 0.08, nearest: 0.08 }, null)).toBe(null);
});

test("only a close-up can be too far away", () => {
  const judge = createDistance();
  expect(judge({ ...sharp, focus: 1.2, nearest: 0.08 }, "close-up")).toBe("far");
  expect(judge({ ...sharp, focus: 1.2, nearest: 0.08 }, "context")).toBe(null);
  expect(judge({ ...sharp, focus: 0.3, nearest: 0.08 }, "dermoscopy")).toBe(null);
  expect(judge(sharp, "close-up")).toBe(null);
});

test("two frames are steady if they hardly differ", () => {
  const frame = new Uint8ClampedArray(400).fill(100);
  expect(isSteady(null, frame)).toBe(false);
  expect(isSteady(frame, frame.slice())).toBe(true);
  expect(isSteady(frame, new Uint8ClampedArray(400).fill(120))).toBe(false);
});

const SIDE = 256;

function pixelsOf(light: (x: number, y: number) => number) {
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) pixels.fill(light(x, y), (y * SIDE + x) * 4, (y * SIDE + x) * 4 + 3);
  return pixels;
}

/** What is said of a picture that stays the same, after a whole sweep. */
function picture(light: (x: number, y: number) => number) {
  const search = createScale();
  const pixels = pixelsOf(light);
  return Array.from({ length: SWEEP_FRAMES }, () => search(pixels, SIDE, SIDE)).at(-1);
}

const ANGLES = [0, 0.4, 1.1, 2.2];

function ruler(angle: number) {
  const [along, across] = [Math.cos(angle), Math.sin(angle)];
  return (x: number, y: number) => {
    const [u, v] = [(x - 128) * along + (y - 128) * across, (y - 128) * along - (x - 128) * across];
    if (Math.abs(v) > 24) return 140;
    return ((u % 8) + 8) % 8 < 2 ? 30 : 225;
  };
}

test.each(ANGLES)("a ruler is found by its marks, at any angle: %d", (angle) => {
  expect(picture(ruler(angle))).toBe(true);
});

test.each(ANGLES)("in a live picture it stays found, and is missed only after a whole sweep: %d", (angle) => {
  const search = createScale();
  const [withOne, without] = [pixelsOf(ruler(angle)), pixelsOf(() => 140)];
  const frames = (pixels: Uint8ClampedArray, count: number) =>
    Array.from({ length: count }, () => search(pixels, SIDE, SIDE));
  expect(frames(withOne, 8)).toEqual(Array(8).fill(true));
  expect(frames(without, 4)).toEqual([true, true, true, false]);
  // Put back, it is found within a sweep.
  expect(frames(withOne, 4).at(-1)).toBe(true);
});

test("skin, an edge and a few hairs are no ruler", () => {
  expect(picture(() => 140)).toBe(false);
  expect(picture((x) => (x > 128 ? 200 : 90))).toBe(false);
  expect(picture((x, y) => ([40, 77, 131, 190].includes(x + (y >> 3)) ? 40 : 150))).toBe(false);
});
