// Idempotency keys: one stays with a request until the server has answered, so a resend can't file twice.
import { asProblem } from "../api/problem";
import type { Routing } from "../api/types";
import { isStringRecord, type Memory, readJson } from "./storage";

const KEYS = "clinicpro.unanswered";

export function createIdempotencyKeys(memory: Memory, newKey: () => string) {
  /** Carries out `call` with the key of this very request; also after a reload of the page. */
  async function using<T>(ids: string[], routing: Routing, call: (key: string) => Promise<T>): Promise<T> {
    const name = `${ids.join(" ")} ${fingerprint(JSON.stringify(routing))}`;
    const keys = readJson(memory, KEYS, isStringRecord, {});
    keys[name] ??= newKey();
    memory.setItem(KEYS, JSON.stringify(keys));
    let answered = true;
    try {
      return await call(keys[name]);
    } catch (cause) {
      answered = !asProblem(cause).temporary;
      throw cause;
    } finally {
      delete keys[name];
      if (answered) memory.setItem(KEYS, JSON.stringify(keys));
    }
  }

  return { using };
}

/** Distinguishes texts without keeping them: a message to a colleague must not stay in the browser. */
function fingerprint(words: string): string {
  let sum = 0x811c9dc5;
  for (let at = 0; at < words.length; at += 1) sum = Math.imul(sum ^ words.charCodeAt(at), 0x01000193) >>> 0;
  return sum.toString(36);
}
