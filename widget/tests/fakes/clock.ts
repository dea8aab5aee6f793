// A clock in memory, for tests of the stores.
import type { Clock } from "../../src/shared/time/clock";

/** Time that moves only when told to. */
export class FakeClock implements Clock {
  private at = Date.parse("2026-11-24T00:00:00Z");
  private tasks: { due: number; task: () => void }[] = [];

  now() {
    return this.at;
  }

  after(ms: number, task: () => void) {
    const entry = { due: this.at + ms, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  async pass(ms: number) {
    const end = this.at + ms;
    for (;;) {
      const next = this.tasks.filter((entry) => entry.due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.tasks = this.tasks.filter((entry) => entry !== next);
      this.at = Math.max(this.at, next.due);
      next.task();
      await settled();
    }
    this.at = end;
    await settled();
  }
}

/** Lets promises that are already kept run their course. */
export const settled = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
