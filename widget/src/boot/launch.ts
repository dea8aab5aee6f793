// Starts the session of the launch that Evolution opened, while the page already shows what it waits for.
import { signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../api/problem";
import type { Session } from "../api/types";
import type { Clock } from "../shared/time/clock";

/** What the launch URL carries; encrypted and signed by Medtech. */
export type LaunchParameters = { context: string; signature: string };

export type LaunchPhase =
  | { name: "asking" | "slow" | "silent" | "no-cookie" }
  | { name: "problem"; problem: ApiProblem }
  /** The browser keeps no cookie in this frame; the ticket opens the session in a tab. */
  | { name: "refused"; ticket: string };

export type LaunchCalls = {
  /** Resolves with a ticket for a tab, if the page is framed; a session is open then. */
  start(launch: LaunchParameters & { framed: boolean }): Promise<{ ticket: string | null }>;
  /** The session whose cookie the browser sends. */
  session(): Promise<Session>;
};

/** What a launch has opened; the session itself where it could be read at once. */
export type Opened = { session: Session | null };

const SLOW_MS = 4_000;
const SILENT_MS = 12_000;

/** The parameters of the launch that this address is; null for any other address. */
export function launchAt(address: { pathname: string; search: string }): LaunchParameters | null {
  if (address.pathname !== "/launch") return null;
  const query = new URLSearchParams(address.search);
  return { context: query.get("context") ?? "", signature: query.get("signature") ?? "" };
}

/** The launch that a page kept in its history entry before it was reloaded. */
export function launchKept(state: unknown): LaunchParameters | null {
  const launch = (state as { launch?: Partial<LaunchParameters> } | null)?.launch;
  if (typeof launch?.context !== "string" || typeof launch.signature !== "string") return null;
  return { context: launch.context, signature: launch.signature };
}

export function createLaunch(launch: LaunchParameters, framed: boolean, calls: LaunchCalls, clock: Clock) {
  const phase = signal<LaunchPhase>({ name: "asking" });
  let attempt = 0;

  /** Resolves with what is open, or null if nothing is; after a problem it can be called again. */
  async function run(): Promise<Opened | null> {
    attempt += 1;
    const ours = attempt;
    phase.value = { name: "asking" };
    const unlessOver = (next: LaunchPhase["name"] & ("slow" | "silent")) => () => {
      const { name } = phase.value;
      if (ours === attempt && (name === "asking" || name === "slow")) phase.value = { name: next };
    };
    clock.after(SLOW_MS, unlessOver("slow"));
    clock.after(SILENT_MS, unlessOver("silent"));
    const found = await attemptOnce();
    if (ours !== attempt) return null;
    if (!("name" in found)) return found;
    phase.value = found;
    return null;
  }

  async function attemptOnce(): Promise<Opened | LaunchPhase> {
    try {
      const { ticket } = await calls.start({ ...launch, framed });
      try {
        return { session: await calls.session() };
      } catch (cause) {
        const { sessionEnded, status } = asProblem(cause);
        if (sessionEnded) return ticket ? { name: "refused", ticket } : { name: "no-cookie" };
        if (status === 0) throw cause;
        // It is open; the desk asks for it until it is answered.
        return { session: null };
      }
    } catch (cause) {
      return { name: "problem", problem: asProblem(cause) };
    }
  }

  return { phase, run };
}
