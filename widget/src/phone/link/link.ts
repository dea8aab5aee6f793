// Whose images these are: the code that was scanned becomes a link to one session, until either ends it.
import { computed, signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { PhoneSession } from "../../api/types";
import type { Clock } from "../../shared/clock";
import type { PhoneCapabilities, PhoneGateway } from "../gateway";

/**
 * opening: asking. waiting: no answer yet, trying again. stranger: opened without a code. used: the code was used up.
 * open: linked. ended: renewed, expired or closed on the desktop.
 */
export type LinkPhase = "opening" | "waiting" | "stranger" | "used" | "open" | "ended";

const RETRY_MS = 3_000;

export function createLink(gateway: PhoneGateway, clock: Clock) {
  const phase = signal<LinkPhase>("opening");
  const session = signal<PhoneSession | null>(null);
  const capabilities = signal<PhoneCapabilities | null>(null);
  /** False while the server can't be reached. */
  const connected = signal(true);
  /** With a used-up code: the session that this phone was linked to before, for the user to choose, never automatically. */
  const earlierSession = signal<PhoneSession | null>(null);
  /** While waiting for the server: why the last try failed. */
  const problem = signal<ApiProblem | null>(null);
  const open = computed(() => phase.value === "open");

  const pause = () => new Promise<void>((wake) => clock.after(RETRY_MS, wake));

  /** Retries until there is an answer, good or bad. */
  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (cause) {
        const reason = asProblem(cause);
        if (!reason.temporary) throw cause;
        problem.value = reason;
        phase.value = "waiting";
        await pause();
      }
    }
  }

  /**
   * With the token of a scanned code, or without: then by the cookie, as after a killed tab. `settle` runs before
   * anything of the session is shown or can be done.
   */
  async function start(token: string, settle: () => Promise<void>): Promise<boolean> {
    phase.value = "opening";
    earlierSession.value = null;
    try {
      await enter(await insist(() => (token ? gateway.claim(token) : gateway.session())), settle);
      return true;
    } catch {
      if (token) earlierSession.value = await gateway.session().catch(() => null);
      phase.value = token ? "used" : "stranger";
      return false;
    }
  }

  async function enter(entered: PhoneSession, settle: () => Promise<void>) {
    session.value = entered;
    await settle();
    phase.value = "open";
    connected.value = true;
    void learn();
  }

  /** Limits and lists are not needed for the first image, so nothing waits for them. */
  async function learn() {
    try {
      capabilities.value = await gateway.capabilities();
    } catch (cause) {
      if (!note(asProblem(cause)).temporary || !open.peek()) return;
      await pause();
      await learn();
    }
  }

  /** Checks whether the link is still open. */
  async function check() {
    if (!open.peek()) return;
    try {
      const now = await gateway.session();
      if (now.id !== session.peek()?.id) phase.value = "ended";
      else session.value = now;
      connected.value = true;
    } catch (cause) {
      note(asProblem(cause));
    }
  }

  /** Every problem is reported here: a lost link ends the page, no answer shows the offline bar. */
  function note(reason: ApiProblem): ApiProblem {
    if (open.peek() && (reason.sessionEnded || reason.sessionChanged)) phase.value = "ended";
    if (reason.status === 0) connected.value = false;
    return reason;
  }

  return {
    phase,
    open,
    session,
    capabilities,
    connected,
    earlierSession,
    problem,
    start,
    enter,
    check,
    note,
  };
}

export type Link = ReturnType<typeof createLink>;
