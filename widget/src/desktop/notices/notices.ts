// Short messages at the foot of the screen, also read out by screen readers.
import { signal } from "@preact/signals";
import type { ApiProblem } from "../../api/problem";
import type { Clock } from "../../shared/time/clock";

export type Notice = {
  id: number;
  text: string;
  tone: "quiet" | "bad";
  /** What support finds the problem by; "" if there is none. */
  reference: string;
  action?: NoticeAction | undefined;
};

export type NoticeAction = { label: string; run: () => void };

const QUIET_MS = 7_000;

export function createNotices(clock: Clock) {
  const list = signal<Notice[]>([]);
  let last = 0;

  function dismiss(id: number) {
    list.value = list.value.filter((notice) => notice.id !== id);
  }

  /** Quiet notices disappear automatically; bad news stays until it is dismissed. */
  function say(
    text: string,
    tone: Notice["tone"] = "quiet",
    action?: Notice["action"],
    quietMs = QUIET_MS,
    reference = "",
  ): number {
    const id = ++last;
    // The same words twice are one message, unless each has something of its own to undo.
    const others = list.value.filter((notice) => notice.text !== text || notice.action);
    list.value = [...others.slice(-2), { id, text, tone, reference, action }];
    if (tone === "quiet") clock.after(quietMs, () => dismiss(id));
    return id;
  }

  /** A call that failed: what was not done, why, and what to do next. */
  const fail = (what: string, { detail, reference }: ApiProblem, action?: NoticeAction) =>
    say(`${what} ${detail}`.trim(), "bad", action, QUIET_MS, reference);

  /** What asks for nothing and offers nothing. */
  function dismissQuiet() {
    list.value = list.value.filter(({ tone, action }) => tone !== "quiet" || action);
  }

  return { list, say, fail, dismiss, dismissQuiet };
}

export type NoticesSlice = ReturnType<typeof createNotices>;
