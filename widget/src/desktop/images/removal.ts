// Taking images away, with a moment in which it can be undone: they are hidden at once and removed later.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Clock } from "../../shared/time/clock";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.images;

export const UNDO_MS = 10_000;

type Hooks = {
  /** The server has removed it. */
  forget(id: string): void;
  /** Undone: it is back in its place. */
  back(ids: readonly string[]): void;
};

export function createRemoval(gateway: Gateway, clock: Clock, session: SessionSlice, notices: NoticesSlice) {
  /** Removed here, still undoable, so not yet removed on the server; with what stops the clock. */
  const leaving = signal<ReadonlyMap<string, () => void>>(new Map());
  /** Groups removed together, the last one last, so that undo takes them back one after the other. */
  let groups: { ids: readonly string[]; notice: number }[] = [];
  let hooks: Hooks = { forget: () => {}, back: () => {} };

  function show(ids: readonly string[]) {
    const rest = new Map(leaving.value);
    for (const id of ids) {
      rest.get(id)?.();
      rest.delete(id);
    }
    leaving.value = rest;
  }

  /** `number` is the place of the first of them, counted from 1. */
  function hide(ids: readonly string[], number: number) {
    const now = new Map(leaving.value);
    for (const id of ids)
      now.set(
        id,
        clock.after(UNDO_MS, () => void removeNow(id)),
      );
    leaving.value = now;
    const text = ids.length === 1 ? words.removed(number) : words.severalRemoved(ids.length);
    const notice = notices.say(text, "quiet", { label: words.undo, run: () => undo(ids) }, UNDO_MS);
    groups = [...groups, { ids, notice }];
  }

  function undo(ids: readonly string[]) {
    const still = ids.filter((id) => leaving.value.has(id));
    groups = groups.filter((group) => group.ids !== ids);
    show(still);
    if (still.length) hooks.back(still);
  }

  /** Takes back what was removed last; false when there is nothing to take back any more. */
  function undoLast(): boolean {
    const last = groups.findLast((group) => group.ids.some((id) => leaving.value.has(id)));
    if (!last) return false;
    notices.dismiss(last.notice);
    undo(last.ids);
    return true;
  }

  /** What is said of removals that failed, or whose answer was lost. */
  const failed = new Map<string, number>();

  async function removeNow(id: string, closing = false) {
    leaving.value.get(id)?.();
    try {
      await gateway.removeImage(id, closing);
      hooks.forget(id);
    } catch (cause) {
      const problem = session.note(asProblem(cause));
      if (problem.status === 404) hooks.forget(id);
      else {
        const again = { label: words.removeAgain, run: () => void removeNow(id) };
        const what = problem.status === 0 ? words.bad.perhapsRemoved : words.bad.notRemoved;
        failed.set(id, notices.fail(what, problem, problem.temporary ? again : undefined));
      }
    }
    show([id]);
  }

  /** It is gone, from here or from another window: nothing is left to say of it. */
  function gone(id: string) {
    notices.dismiss(failed.get(id) ?? 0);
    failed.delete(id);
  }

  /** The tab closes: what was removed must not come back on the next launch. */
  function settle() {
    for (const id of leaving.value.keys()) void removeNow(id, true);
  }

  const connect = (given: Hooks) => {
    hooks = given;
  };

  return { leaving, hide, undoLast, settle, connect, gone };
}
