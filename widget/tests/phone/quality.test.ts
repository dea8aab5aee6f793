// The hint under an image: blurred, dark, bright, or none.
import { expect, test } from "vitest";
import { findHints } from "../../src/phone/capture/coach/quality";
import { ATTEMPTS, within } from "../../src/phone/capture/preparing/fitting";

const SIDE = 64;

function image(light: (x: number, y: number) => number) {
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) pixels.fill(light(x, y), (y * SIDE + x) * 4, (y * SIDE + x) * 4 + 3);
  return pixels;
}
const hints = (light: (x: number, y: number) => number) => findHints(image(light), SIDE, SIDE);
const checks = (x: number, y: number) => ((x >> 2) + (y >> 2)) % 2;

test("clear edges in good light need no hint", () =>
  expect(hints((x, y) => 90 + 80 * checks(x, y))).toEqual([]));
test("soft edges are called blurred", () =>
  expect(hints((x, y) => 128 + 50 * Math.sin(x / 9) * Math.sin(y / 9))).toEqual(["blurred"]));
test("little light is called dark, not blurred", () => expect(hints(() => 20)).toEqual(["dark"]));
test("a blown-out photo is called too bright", () =>
  expect(hints((x, y) => (x > 30 ? 255 : 90 + 80 * checks(x, y)))).toEqual(["bright"]));

test("a photo is made smaller to the longest edge, and never larger", () => {
  expect(within({ width: 4032, height: 3024 }, 2400)).toEqual({ width: 2400, height: 1800 });
  expect(within({ width: 300, height: 200 }, 2400)).toEqual({ width: 300, height: 200 });
  expect(within({ width: 1, height: 100_000 }, 2400)).toEqual({ width: 1, height: 2400 });
});
test("each attempt to fit is smaller than the one before", () => {
  const weights = ATTEMPTS.map(({ edge, quality }) => edge * edge * quality);
  expect([...weights].sort((a, b) => b - a)).toEqual(weights);
});
