// Undo and redo over everything: each step is the whole sheet, so undoing restores exactly what was.

export type History<T> = {
  past: readonly T[];
  now: T;
  future: readonly T[];
  /** What is still being done: more of the same belongs to the same step. */
  going: string | null;
};

export const begun = <T>(now: T): History<T> => ({ past: [], now, future: [], going: null });

/** One more step; with the same `going` as before (a slider, a held key, typing), more of the last one. */
export function changed<T>(history: History<T>, next: T, going: string | null = null): History<T> {
  if (Object.is(next, history.now)) return history;
  const more = going !== null && going === history.going && history.past.length > 0;
  const past = more ? history.past : [...history.past, history.now];
  return { past, now: next, future: [], going };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    now: before,
    future: [history.now, ...history.future],
    going: null,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.now], now: next, future, going: null };
}
