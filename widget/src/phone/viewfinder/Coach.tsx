// One short sentence about what the camera sees, a few times a second; it never blocks the shutter.
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { createDistance, isSteady } from "../capture/coach/distance";
import { HINTS } from "../capture/coach/hints";
import { findHints } from "../capture/coach/quality";
import { createScale } from "../capture/coach/scale";
import { usePhone } from "../context";
import type { Hint } from "../types";
import type { RearCamera } from "./camera";

const EVERY_MS = 350;
const EDGE_PX = 256;
/** Marks of a ruler are fine. */
const SCALE_EDGE_PX = 512;

type Props = {
  video: { current: HTMLVideoElement | null };
  camera: RearCamera;
  /** What is said while there is nothing to say about the picture: two sentences would hide it. */
  otherwise: VNode | false;
};

/** Reads what the camera sees, with this longest edge. */
function createCopy(edge: number) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });

  return (video: HTMLVideoElement) => {
    const scale = edge / Math.max(video.videoWidth, video.videoHeight);
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    // Setting it, even to the same, makes a new picture.
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context?.drawImage(video, 0, 0, width, height);
    return context?.getImageData(0, 0, width, height) ?? new ImageData(width, height);
  };
}

export function Coach({ video, camera, otherwise }: Props) {
  const { pending } = usePhone();
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    const [small, large] = [createCopy(EDGE_PX), createCopy(SCALE_EDGE_PX)];
    const judgeDistance = createDistance();
    const searchScale = createScale();
    let found: Hint | null = null;
    let hasScale = true;
    let isScaleTurn = false;
    let before: Hint | null = null;
    let frame: Uint8ClampedArray | null = null;

    function judge(from: HTMLVideoElement): Hint | null {
      // Drawing takes most of a frame's time, so each draws once.
      isScaleTurn = pending.wantsScale.peek() && !isScaleTurn;
      if (isScaleTurn) {
        const { data, width, height } = large(from);
        hasScale = searchScale(data, width, height);
      } else {
        found = judgePicture(from);
      }
      return found ?? (pending.wantsScale.peek() && !hasScale ? "scale" : null);
    }

    function judgePicture(from: HTMLVideoElement): Hint | null {
      const { data, width, height } = small(from);
      const [worst = null] = findHints(data, width, height);
      const blurred = worst === "blurred";
      const distance = judgeDistance(
        { ...camera.focusRange(), blurred, steady: isSteady(frame, data) },
        pending.view.peek(),
      );
      frame = data;
      return worst && !blurred ? worst : (distance ?? worst);
    }

    const timer = setInterval(() => {
      const { current } = video;
      if (!current?.videoWidth || document.visibilityState !== "visible") return;
      const now = judge(current);
      // Said only if it is still so a moment later.
      if (now === before) setHint(now);
      before = now;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return hint ? <p class="words words-warn coach">{HINTS[hint].advice}</p> : otherwise;
}
