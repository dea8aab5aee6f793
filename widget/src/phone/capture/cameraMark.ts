// A page that the phone closed behind its camera app, or before a photo was safe, is noticed at the next start.
import { signal } from "@preact/signals";
import type { Memory } from "../../shared/storage";
import type { Clock } from "../../shared/time/clock";

const MARK = "clinicpro-phone-camera";
/** Longer than anyone aims; an older mark says nothing about a photo. */
const RECENT_MS = 10 * 60_000;

export function createCameraMark(memory: Memory, clock: Clock) {
  const at = Number(memory.getItem(MARK) ?? 0);
  /** The phone closed this page while a photo was being taken or stored. */
  const closedBehind = signal(at > 0 && Math.abs(clock.now() - at) < RECENT_MS);
  let storing = 0;
  memory.removeItem(MARK);

  function set() {
    memory.setItem(MARK, String(clock.now()));
  }

  /** The camera app was closed without a photo, or there is nothing more to be said about it. */
  function clear() {
    if (storing === 0) memory.removeItem(MARK);
    closedBehind.value = false;
  }

  /** Marks the page for as long as photos are being stored. */
  async function during<T>(task: Promise<T>): Promise<T> {
    set();
    storing += 1;
    try {
      return await task;
    } finally {
      storing -= 1;
      if (storing === 0) memory.removeItem(MARK);
    }
  }

  return { closedBehind, set, clear, during };
}
