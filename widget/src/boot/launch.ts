// Starts the session of the launch that Evolution opened, while the page already shows what it waits for.
import { signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../api/problem";
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
  /** Whether the browser sends the session's cookie. */
  hasSession(): Promise<boolean>;
};

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

  /** Resolves with whether a session is open; after a problem it can be called again. */
  async function run(): Promise<boolean> {
    attempt += 1;
    const ours = attempt;
    phase.value = { name: "asking" };
    const unlessOver = (next: LaunchPhase["name"] & ("slow" | "silent")) => () => {
      const { name } = phase.value;
      if (ours === attempt && (name === "asking" || name === "slow")) phase.value = { name: next };
    };
    clock.after(SLOW_MS, unlessOver("slow"));
    clock.after(SILENT_MS, unlessOver("silent"));
    let next: LaunchPhase | null;
    try {
      const { ticket } = await calls.start({ ...launch, framed });
      next = (await calls.hasSession()) ? null : ticket ? { name: "refused", ticket } : { name: "no-cookie" };
    } catch (cause) {
      next = { name: "problem", problem: asProblem(cause) };
    }
    if (ours !== attempt) return false;
    if (next !== null) phase.value = next;
    return next === null;
  }

  return { phase, run };
}

export type Launching = ReturnType<typeof createLaunch>;
