// One short sentence about what the camera sees, a few times a second; it never blocks the shutter.
import { useEffect, useState } from "preact/hooks";
import { HINTS } from "../capture/hints";
import { findHints } from "../capture/quality";
import type { Hint } from "../types";

const EVERY_MS = 350;
const EDGE_PX = 256;

export function Coach({ video }: { video: { current: HTMLVideoElement | null } }) {
  const [hint, setHint] = useState<Hint | null>(null);
  useEffect(() => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    let before: Hint | null = null;
    const timer = setInterval(() => {
      const { current } = video;
      if (!current?.videoWidth || !context || document.visibilityState !== "visible") return;
      const scale = EDGE_PX / Math.max(current.videoWidth, current.videoHeight);
      canvas.width = Math.round(current.videoWidth * scale);
      canvas.height = Math.round(current.videoHeight * scale);
      context.drawImage(current, 0, 0, canvas.width, canvas.height);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const [found = null] = findHints(data, canvas.width, canvas.height);
      // Said only if it is still so a moment later.
      if (found === before) setHint(found);
      before = found;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return hint && <p class="words words-warn coach">{HINTS[hint].advice}</p>;
}
