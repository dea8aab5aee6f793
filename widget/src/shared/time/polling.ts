// Asks again and again while something is on its way, in addition to events, which may not get through.
import type { Clock } from "./clock";

export type Polled = { isMoving: () => boolean; ask: () => Promise<unknown> };

export function createPolling(clock: Clock, everyMs: number, { isMoving, ask }: Polled) {
  let cancel = () => {};

  /** Begins, or goes on, if anything moves. */
  function watch() {
    cancel();
    cancel = () => {};
    if (!isMoving()) return;
    cancel = clock.after(everyMs, async () => {
      await ask();
      watch();
    });
  }

  return { watch, stop: () => cancel() };
}
