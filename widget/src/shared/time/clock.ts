// Time, as an argument of the stores, so that tests are exact.

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
