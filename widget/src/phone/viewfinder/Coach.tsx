// One short sentence about what the camera sees, a few times a second; it never blocks the shutter.
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { createDistance, isSteady } from "../capture/coach/distance";
import { HINTS } from "../capture/coach/hints";
import { findHints } from "../capture/coach/quality";
import { hasScale } from "../capture/coach/scale";
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

export function Coach({ video, camera, otherwise }: Props) {
  const { pending } = usePhone();
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const judgeDistance = createDistance();
    let before: Hint | null = null;
    let frame: Uint8ClampedArray | null = null;

    function pixels(from: HTMLVideoElement, edge: number) {
      const scale = edge / Math.max(from.videoWidth, from.videoHeight);
      canvas.width = Math.round(from.videoWidth * scale);
      canvas.height = Math.round(from.videoHeight * scale);
      context?.drawImage(from, 0, 0, canvas.width, canvas.height);
      return context?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    }

    function judge(from: HTMLVideoElement): Hint | null {
      const data = pixels(from, EDGE_PX);
      const [found = null] = findHints(data, canvas.width, canvas.height);
      const blurred = found === "blurred";
      const distance = judgeDistance(
        { ...camera.focusRange(), blurred, steady: isSteady(frame, data) },
        pending.view.peek(),
      );
      frame = data;
      if (found && !blurred) return found;
      if (distance ?? found) return distance ?? found;
      if (!pending.wantsScale.peek()) return null;
      const large = pixels(from, SCALE_EDGE_PX);
      return hasScale(large, canvas.width, canvas.height) ? null : "scale";
    }

    const timer = setInterval(() => {
      const { current } = video;
      if (!current?.videoWidth || !context || document.visibilityState !== "visible") return;
      const found = judge(current);
      // Said only if it is still so a moment later.
      if (found === before) setHint(found);
      before = found;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return hint ? <p class="words words-warn coach">{HINTS[hint].advice}</p> : otherwise;
}
