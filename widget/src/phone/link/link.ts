// Whose images these are: the code that was scanned becomes a link to one session, until either ends it.
import { computed, signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { PhoneSession } from "../../api/types";
import { isStringRecord, type Memory, readJson } from "../../shared/storage";
import type { Clock } from "../../shared/time/clock";
import type { PhoneCapabilities, PhoneGateway } from "../gateway";

/**
 * opening: asking. waiting: no answer yet, trying again. stranger: opened without a code. used: the code was used up.
 * refused: it was not accepted, and `problem` says why. other: unsent images of another patient are here, and the code is not used yet.
 * open: linked. ended: renewed, expired or closed on the desktop.
 */
export type LinkPhase = "opening" | "waiting" | "stranger" | "used" | "refused" | "other" | "open" | "ended";

const RETRY_MS = 3_000;
/** How wrong this phone's clock may be, before its photos are dated by the server's. */
const CLOCK_MS = 120_000;
const CLAIMING = "clinicpro-phone-claiming";
const OWN = "clinicpro-phone-own";
/** In place of a code, after a sign-in on this phone. */
export const SIGNED_IN = "signed-in";

export function createLink(gateway: PhoneGateway, clock: Clock, memory: Memory, newNonce: () => string) {
  const phase = signal<LinkPhase>("opening");
  const session = signal<PhoneSession | null>(null);
  const capabilities = signal<PhoneCapabilities | null>(null);
  /** False while the server can't be reached. */
  const connected = signal(true);
  /** With a code that was not accepted: the session that this phone was linked to before, for the user to choose, never automatically. */
  const earlierSession = signal<PhoneSession | null>(null);
  /** While waiting for the server, and with a code that was refused: why the last try failed. */
  const problem = signal<ApiProblem | null>(null);
  const open = computed(() => phase.value === "open");
  /** The clinician signed in on this phone: it may file. Kept for a reload, which has no fragment. */
  const own = signal(memory.getItem(OWN) === "yes");
  /** Where to sign in, if the practice has that. */
  const signIn = signal("");

  /** By how much this phone's clock was ahead of the server's when that last answered, in milliseconds. */
  let ahead = 0;

  async function compared(asked: Promise<PhoneSession>): Promise<PhoneSession> {
    const answered = await asked;
    ahead = clock.now() - (gateway.serverDate() ?? clock.now());
    return answered;
  }

  /** What the server's clock showed when this phone's showed `at`; both in milliseconds since 1970. */
  const serverTime = (at: number) => (Math.abs(ahead) > CLOCK_MS ? at - ahead : at);

  const pause = () => new Promise<void>((wake) => clock.after(RETRY_MS, wake));

  /** Retries until there is an answer, good or bad. */
  async function insist<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (cause) {
        const reason = asProblem(cause);
        if (!reason.temporary || reason.slug === "too-many-guesses") throw cause;
        problem.value = reason;
        phase.value = "waiting";
        await pause();
      }
    }
  }

  /** Whether a code was sent and its answer never came. */
  const isClaiming = () => memory.getItem(CLAIMING) !== null;

  /** A code whose answer never came, as after a tab killed in between: the same nonce gets the same answer. */
  function claimingOf(token: string): { token: string; nonce: string } | null {
    const { token: before, nonce } = readJson(memory, CLAIMING, isStringRecord, {});
    if (before && nonce && (!token || token === before)) return { token: before, nonce };
    if (!token) return null;
    const claiming = { token, nonce: newNonce() };
    memory.setItem(CLAIMING, JSON.stringify(claiming));
    return claiming;
  }

  /**
   * With the token of a scanned code, or without: then by the cookie, as after a killed tab. `settle` runs before
   * anything of the session is shown or can be done. `unsentFor` are the patients whose unsent images are here.
   */
  async function start(token: string, unsentFor: string[], settle: () => Promise<void>): Promise<boolean> {
    phase.value = "opening";
    earlierSession.value = null;
    problem.value = null;
    if (token) setOwn(token === SIGNED_IN);
    const claiming = own.peek() ? null : claimingOf(token);
    let entered: PhoneSession;
    try {
      entered = await insist(() => (claiming ? compared(gateway.claim({ ...claiming, unsentFor })) : read()));
    } catch (cause) {
      await refused(asProblem(cause), claiming !== null);
      return false;
    }
    memory.removeItem(CLAIMING);
    await enter(entered, settle);
    return true;
  }

  function setOwn(isOwn: boolean) {
    own.value = isOwn;
    if (isOwn) memory.setItem(OWN, "yes");
    else memory.removeItem(OWN);
  }

  const read = () => compared(own.peek() ? gateway.ownSession() : gateway.session());

  async function refused(reason: ApiProblem, withCode: boolean) {
    const isOther = reason.slug === "other-patient-unsent";
    if (!isOther) memory.removeItem(CLAIMING);
    if (!withCode) signIn.value = await signInAddress(reason);
    if (withCode) earlierSession.value = await compared(gateway.session()).catch(() => null);
    problem.value = reason;
    phase.value = isOther ? "other" : !withCode ? "stranger" : reason.status === 410 ? "used" : "refused";
  }

  /** Without a code: the practice may let clinicians sign in here. */
  async function signInAddress(reason: ApiProblem): Promise<string> {
    if (own.peek()) return reason.signIn ?? "";
    return gateway.ownSession().then(
      () => "",
      (cause) => asProblem(cause).signIn ?? "",
    );
  }

  /** The person chose to leave the code unused. */
  function dropCode() {
    memory.removeItem(CLAIMING);
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

  /** Checks whether the link is still open; returns whether the server answered. */
  async function check(): Promise<boolean> {
    if (!open.peek()) return false;
    try {
      const now = await read();
      if (now.id !== session.peek()?.id) phase.value = "ended";
      else session.value = now;
      connected.value = true;
      return true;
    } catch (cause) {
      return note(asProblem(cause)).status !== 0;
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
    own,
    signIn,
    session,
    capabilities,
    connected,
    earlierSession,
    problem,
    isClaiming,
    serverTime,
    start,
    dropCode,
    enter,
    check,
    note,
  };
}

export type Link = ReturnType<typeof createLink>;
