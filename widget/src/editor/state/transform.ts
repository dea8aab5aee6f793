// Turning, straightening and cropping, and moving, sizing and pointing the selected mark by key.

import type { ReadonlySignal } from "@preact/signals";
import { locale } from "../locale";
import type { Box, Mark, Shape, Sheet, Size, Tool } from "../types";
import { cropSize } from "./announcements";
import { cropped, shown, straightened, toImage, turned } from "./geometry";
import { moved, pointed, scaled } from "./marks";
import { RATIOS } from "./shapes";

type Hands = {
  image: Size;
  now: () => Sheet;
  change: (next: Sheet, going?: string | null) => void;
  announce: (words: string) => void;
  alterSelected: (act: (mark: Mark) => Mark, going: string) => void;
  selected: ReadonlySignal<Mark | null>;
  tool: ReadonlySignal<Tool>;
};

export function createTransform({ image, now, change, announce, alterSelected, selected, tool }: Hands) {
  const turn = (by: 1 | -1) => {
    change(turned(now(), by));
    announce(by === 1 ? locale.announce.turnedRight : locale.announce.turnedLeft);
  };
  const straighten = (degrees: number) => change(straightened(now(), degrees), "straighten");
  const crop = (box: Box, going: string | null = null) => change(cropped(image, now(), box), going);
  const uncrop = () => change({ ...now(), crop: null, shape: "free" });
  /** The crop keeps about its room and its middle, and this shape from now on. */
  const shape = (next: Shape) => {
    const sheet = { ...now(), shape: next };
    change(cropped(image, sheet, shown(image, now())));
    announce(cropSize(image, now()));
  };

  /** Keys move and size the selected mark, or the crop; `step` is in pixels of the image as shown. */
  function nudge(right: number, down: number, step: number) {
    if (selected.value) {
      const there = toImage(image, now(), { x: right * step, y: down * step });
      const here = toImage(image, now(), { x: 0, y: 0 });
      alterSelected((mark) => moved(mark, { x: there.x - here.x, y: there.y - here.y }), "move");
    } else if (tool.value === "crop") {
      const box = shown(image, now());
      crop({ ...box, x: box.x + right * step, y: box.y + down * step }, "crop-move");
    }
  }

  function grow(by: number) {
    if (selected.value) return alterSelected((mark) => scaled(mark, by), "scale");
    if (tool.value !== "crop") return;
    const { x, y, width, height } = shown(image, now());
    const [w, h] = [width * by, height * by];
    crop({ x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h }, "crop-size");
  }

  /** One side of the crop at a time, for the keyboard. */
  function stretch(right: number, down: number, step: number) {
    const { x, y, width, height } = shown(image, now());
    const ratio = RATIOS[now().shape];
    const [w, h] = [width + right * step, height + down * step];
    const size = { width: ratio && down ? h * ratio : w, height: ratio && right ? w / ratio : h };
    crop({ x, y, ...size }, "crop-size");
  }

  const point = (degrees: number) => alterSelected((mark) => pointed(mark, degrees), "point");

  return { turn, straighten, crop, uncrop, shape, nudge, grow, stretch, point };
}
