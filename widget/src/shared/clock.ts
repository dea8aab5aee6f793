// Time, ids and the tab's own memory: what the store takes by argument, so that tests are exact.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` later; the answer cancels it. */
  after(ms: number, task: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Storage that never throws: a frame with storage switched off still works, it only forgets on reload. */
export function forgiving(storage: () => Memory): Memory {
  const attempt = <T>(act: (memory: Memory) => T, otherwise: T): T => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (key) => attempt((memory) => memory.getItem(key), null),
    setItem: (key, value) => attempt((memory) => memory.setItem(key, value), undefined),
    removeItem: (key) => attempt((memory) => memory.removeItem(key), undefined),
  };
}
