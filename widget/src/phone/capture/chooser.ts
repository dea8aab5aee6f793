// Some apps' built-in browsers have file fields that open nothing; then somebody should be told.
import { signal } from "@preact/signals";
import type { Clock } from "../../shared/time/clock";

const ANSWER_MS = 4_000;

/** `isCovered`: whether something lies over this page, such as the phone's camera or gallery. */
export function createChooser(clock: Clock, isCovered: () => boolean) {
  const isMissing = signal(false);
  let cancel = () => {};

  function expect() {
    cancel();
    cancel = clock.after(ANSWER_MS, () => {
      isMissing.value = !isCovered();
    });
  }

  function answered() {
    cancel();
    isMissing.value = false;
  }

  return { isMissing, expect, answered };
}
