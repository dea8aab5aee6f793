// Too close for the lens, or too far for a close-up: by what the camera says of its focus, and by how a blur lasts.
import type { Hint, View } from "../../types";

/** One frame as the coach saw it. */
export type Frame = {
  /** Metres to what the lens is focused on; null where the browser doesn't say. */
  focus: number | null;
  /** Metres to the nearest that it can focus on. */
  nearest: number | null;
  blurred: boolean;
  /** The picture hardly differs from the frame before. */
  steady: boolean;
};

/** Further away, a close-up shows more of its surroundings than of its subject. */
const FAR_M = 0.6;
/** A lens is at its stop within this factor of its nearest point. */
const AT_STOP = 1.15;
/** A camera that still finds no focus after so many steady frames is too near. */
const PATIENT_FRAMES = 4;

/** Judges frame after frame; null while there is nothing to say about the distance. */
export function createDistance() {
  let lasting = 0;

  return (frame: Frame, view: View | null): Hint | null => {
    lasting = frame.blurred && frame.steady ? lasting + 1 : 0;
    const { focus, nearest } = frame;
    if (frame.blurred && focus !== null && nearest !== null && focus <= nearest * AT_STOP) return "close";
    if (lasting >= PATIENT_FRAMES) return "close";
    const isNear = view === "close-up" || view === "dermoscopy";
    return isNear && focus !== null && focus > FAR_M ? "far" : null;
  };
}

const STEADY_LEVELS = 4;

/** Whether two frames of the same size differ by less than a hand's movement makes them, in grey levels a pixel. */
export function isSteady(before: Uint8ClampedArray | null, now: Uint8ClampedArray): boolean {
  if (before?.length !== now.length) return false;
  let difference = 0;
  let count = 0;
  // Green alone, every fourth pixel: enough for an average.
  for (let at = 1; at < now.length; at += 16) {
    difference += Math.abs((now[at] ?? 0) - (before[at] ?? 0));
    count += 1;
  }
  return difference < STEADY_LEVELS * count;
}
