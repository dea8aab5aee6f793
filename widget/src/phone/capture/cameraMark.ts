// A page that the phone closed behind its camera app is noticed at the next start.
import { signal } from "@preact/signals";
import type { Clock } from "../../shared/clock";
import type { Memory } from "../../shared/storage";

const MARK = "clinicpro-phone-camera";
/** Longer than anyone aims; an older mark says nothing about a photo. */
const RECENT_MS = 10 * 60_000;

export function createCameraMark(memory: Memory, clock: Clock) {
  const at = Number(memory.getItem(MARK) ?? 0);
  /** The phone closed this page while its camera app was open. */
  const closedBehind = signal(at > 0 && Math.abs(clock.now() - at) < RECENT_MS);
  memory.removeItem(MARK);

  function set() {
    memory.setItem(MARK, String(clock.now()));
  }

  /** A photo came, or the camera app was closed without one. */
  function clear() {
    memory.removeItem(MARK);
    closedBehind.value = false;
  }

  return { closedBehind, set, clear };
}
