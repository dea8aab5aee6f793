// Whose images these are, what this installation can do, and how long the session still lasts.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Events } from "../../api/stream/events";
import type { Capabilities, Session } from "../../api/types";
import type { Clock } from "../../shared/time/clock";

export type Phase = "starting" | "unreachable" | "none" | "open" | "ended" | "changed";

const RETRY_MS = 3_000;
const WARN_MINUTES = 5;
const RECORD_CHECK_MS = 1_500;
const RECORD_CHECKS = 20;

export function createSession(gateway: Gateway, clock: Clock) {
  const phase = signal<Phase>("starting");
  const session = signal<Session | null>(null);
  const capabilities = signal<Capabilities | null>(null);
  /** False while the server can't be reached. */
  const connected = signal(true);
  const bootProblem = signal<ApiProblem | null>(null);
  /** Where to get a session outside Evolution, once there is none; null where only Evolution starts one. */
  const signIn = signal<string | null>(null);
  const minutesLeft = signal<number | null>(null);
  const expiring = computed(() => minutesLeft.value !== null && minutesLeft.value <= WARN_MINUTES);

  /** Resolves once a session is open, or is known not to exist; retries automatically until then. */
  async function start(launched: Session | null = null): Promise<boolean> {
    try {
      session.value = launched ? gateway.adopt(launched) : await gateway.session();
      capabilities.value = await gateway.capabilities();
    } catch (cause) {
      const problem = asProblem(cause);
      if (problem.sessionEnded) {
        signIn.value = problem.signIn;
        phase.value = "none";
        return false;
      }
      bootProblem.value = problem;
      phase.value = "unreachable";
      await new Promise<void>((wake) => clock.after(RETRY_MS, wake));
      return start();
    }
    phase.value = "open";
    countDown();
    awaitRecordCheck(RECORD_CHECKS);
    return true;
  }

  /** The search for other records with this NHI finishes behind the open page. */
  function awaitRecordCheck(left: number) {
    if (session.value?.recordCheck !== "pending" || phase.value !== "open" || left === 0) return;
    clock.after(RECORD_CHECK_MS, async () => {
      await ask(true);
      awaitRecordCheck(left - 1);
    });
  }

  function countDown() {
    const until = session.value;
    if (!until || phase.value !== "open") return;
    minutesLeft.value = Math.max(0, Math.ceil((Date.parse(until.expiresAt) - clock.now()) / 60_000));
  }

  /** Takes a new expiry from an event, or the whole session after asking for it. */
  function receive(news: Events["session.expiring"]) {
    if (!session.value) return;
    session.value = { ...session.value, expiresAt: news.expiresAt };
    countDown();
  }

  async function ask(background: boolean) {
    try {
      const open = await gateway.session(background);
      // Names and the search for other records can arrive after the page has opened.
      const { leftovers, provider, facility, recordCheck, otherRecords } = open;
      if (session.value) {
        session.value = { ...session.value, leftovers, provider, facility, recordCheck, otherRecords };
      }
      receive(open);
      connected.value = true;
    } catch (cause) {
      note(asProblem(cause));
    }
  }

  /** The user is active: the call also prolongs the session. */
  const prolong = () => ask(false);
  /** Checks whether this page still has its session, and until when; does not prolong it. */
  const check = () => ask(true);

  /** What could not be read from Medtech when the page opened, such as its providers, may be available now. */
  async function askAgain() {
    const known = capabilities.value;
    if (known?.recipients.length && known.inbox.certain && known.task.certain) return;
    try {
      capabilities.value = await gateway.capabilities();
    } catch (cause) {
      note(asProblem(cause));
    }
  }

  /** Opens this session once more, in a tab beside the frame; good once, for half a minute. */
  async function tabTicket(): Promise<string> {
    try {
      return (await gateway.tabTicket()).ticket;
    } catch (cause) {
      throw note(asProblem(cause));
    }
  }

  /** Every slice reports its problems here: a lost session ends the page, no answer shows the offline bar. */
  function note(problem: ApiProblem): ApiProblem {
    if (problem.sessionEnded) {
      signIn.value = problem.signIn;
      phase.value = "ended";
    }
    if (problem.sessionChanged) phase.value = "changed";
    if (problem.status === 0) connected.value = false;
    return problem;
  }

  return {
    phase,
    session,
    capabilities,
    connected,
    bootProblem,
    signIn,
    minutesLeft,
    expiring,
    start,
    countDown,
    receive,
    prolong,
    check,
    askAgain,
    tabTicket,
    note,
  };
}

export type SessionSlice = ReturnType<typeof createSession>;
