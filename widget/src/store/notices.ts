// Short messages at the foot of the screen, also read out by screen readers.
import { signal } from "@preact/signals";
import type { Clock } from "./clock";

export type Notice = {
  id: number;
  text: string;
  tone: "quiet" | "bad";
  action?: { label: string; run: () => void } | undefined;
};

const QUIET_MS = 7_000;

export function createNotices(clock: Clock) {
  const list = signal<Notice[]>([]);
  let last = 0;

  function dismiss(id: number) {
    list.value = list.value.filter((notice) => notice.id !== id);
  }

  /** Quiet notices leave by themselves; bad news stays until it is dismissed. */
  function say(
    text: string,
    tone: Notice["tone"] = "quiet",
    action?: Notice["action"],
    quietMs = QUIET_MS,
  ): number {
    const id = ++last;
    // The same words twice are one message, unless each has something of its own to undo.
    const others = list.value.filter((notice) => notice.text !== text || notice.action);
    list.value = [...others.slice(-2), { id, text, tone, action }];
    if (tone === "quiet") clock.after(quietMs, () => dismiss(id));
    return id;
  }

  return { list, say, dismiss };
}

export type Notices = ReturnType<typeof createNotices>;
