// A phone that locks its screen suspends the page, and a suspended page sends nothing.
import { effect, type ReadonlySignal } from "@preact/signals";

/** Keeps the screen on while something moves, where the browser can. Returns what ends it. */
export function keepAwake(device: Navigator, moving: ReadonlySignal<readonly unknown[]>) {
  let lock: Promise<WakeLockSentinel | null> | null = null;

  function hold() {
    const { wakeLock } = device as { wakeLock?: WakeLock };
    if (!wakeLock || document.visibilityState !== "visible") return;
    const mine = wakeLock.request("screen").catch(() => null);
    lock = mine;
    // The browser takes it back when the page is hidden.
    void mine.then((held) =>
      held?.addEventListener("release", () => {
        if (lock === mine) lock = null;
      }),
    );
  }

  function release() {
    void lock?.then((held) => held?.release()).catch(() => {});
    lock = null;
  }

  const stop = effect(() => {
    if (moving.value.length === 0) release();
    else if (!lock) hold();
  });
  const shown = () => moving.peek().length > 0 && !lock && hold();
  document.addEventListener("visibilitychange", shown);
  return () => {
    stop();
    release();
    document.removeEventListener("visibilitychange", shown);
  };
}
