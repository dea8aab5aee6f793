// Shots that the server does not have yet: encrypted in this browser, or in this page's memory where that can't be.

import type { Facts } from "../types";
import { newShotKey, type Sealed, seal, sealWords, unseal, unsealWords } from "./encryption";
import type { Cabinet } from "./idb";

/** What a shot belongs to, and what is known of it. */
export type Held = {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  sessionId: string;
  patientTag: string;
  facts: Facts;
  /** A small picture to show in the grid. */
  thumb: Blob | null;
};

/** Whether a shot survives this page. */
export type Kept = "encrypted" | "memory";

export interface Vault {
  /** False where this browser keeps nothing once the page is gone. */
  lasting: Promise<boolean>;
  /** What is still here, oldest first. A shot that can't be read any more is removed. */
  all(): Promise<Held[]>;
  /** Stores the shot as it was taken; resolves when it is safe, saying how safe. */
  add(held: Held, raw: Blob): Promise<Kept>;
  /** Takes new facts, with new bytes if there are any (null: no more bytes). What was removed stays removed. */
  change(held: Held, body?: Blob | null): Promise<Kept>;
  bytes(key: string): Promise<Blob | null>;
  remove(keys: string[]): Promise<void>;
}

export type Locked = {
  key: string;
  at: number;
  sessionId: string;
  patientTag: string;
  lock: CryptoKey;
  facts: Sealed;
  thumb: LockedBody | null;
};
type LockedBody = Sealed & { type: string };

/** `opening` rejects where the browser keeps nothing; then, and when its storage is full, shots live in memory. */
export function createVault(opening: Promise<Cabinet<Locked>>): Vault {
  const memory = new Map<string, { held: Held; body: Blob | null }>();
  const locks = new Map<string, CryptoKey>();
  const cabinet = opening.then(
    (open) => (globalThis.crypto?.subtle ? open : null),
    () => null,
  );

  async function locked(held: Held, lock: CryptoKey): Promise<Locked> {
    const { key, at, sessionId, patientTag } = held;
    const facts = await sealWords(lock, `${key} facts`, held.facts);
    const thumb = held.thumb && (await lockedBlob(`${key} thumb`, lock, held.thumb));
    return { key, at, sessionId, patientTag, lock, facts, thumb };
  }

  async function lockedBlob(label: string, lock: CryptoKey, blob: Blob): Promise<LockedBody> {
    return { type: blob.type, ...(await seal(lock, label, await blob.arrayBuffer())) };
  }

  async function opened(label: string, lock: CryptoKey, body: LockedBody): Promise<Blob> {
    return new Blob([await unseal(lock, label, body)], { type: body.type });
  }

  async function add(held: Held, raw: Blob): Promise<Kept> {
    const open = await cabinet;
    try {
      if (!open) throw new Error("no cabinet");
      const lock = await newShotKey();
      await open.put(await locked(held, lock), await lockedBlob(`${held.key} body`, lock, raw));
      locks.set(held.key, lock);
      return "encrypted";
    } catch {
      // Storage full, or shut: the picture itself is worth more than where it waits.
      memory.set(held.key, { held, body: raw });
      return "memory";
    }
  }

  async function change(held: Held, body?: Blob | null): Promise<Kept> {
    const waiting = memory.get(held.key);
    const lock = locks.get(held.key);
    const open = await cabinet;
    if (waiting || !lock || !open) {
      memory.set(held.key, { held, body: body === undefined ? (waiting?.body ?? null) : body });
      return "memory";
    }
    const sealed = body ? await lockedBlob(`${held.key} body`, lock, body) : body;
    try {
      await open.replace(await locked(held, lock), sealed);
      return "encrypted";
    } catch {
      // The older record stays where it is, and serves if this page is lost.
      memory.set(held.key, { held, body: body === undefined ? await bytes(held.key) : body });
      return "memory";
    }
  }

  async function bytes(key: string): Promise<Blob | null> {
    const waiting = memory.get(key);
    if (waiting) return waiting.body;
    const lock = locks.get(key);
    const stored = (await (await cabinet)?.body(key)) as LockedBody | undefined;
    if (!lock || !stored) return null;
    return opened(`${key} body`, lock, stored);
  }

  async function all(): Promise<Held[]> {
    const open = await cabinet;
    const found = [...memory.values()].map(({ held }) => held);
    for (const { lock, facts, thumb, ...rest } of (await open?.all().catch(() => [])) ?? []) {
      if (memory.has(rest.key)) continue;
      try {
        found.push({
          ...rest,
          facts: await unsealWords(lock, `${rest.key} facts`, facts),
          thumb: thumb && (await opened(`${rest.key} thumb`, lock, thumb)),
        });
        locks.set(rest.key, lock);
      } catch {
        await open?.remove([rest.key]);
      }
    }
    return found.sort((a, b) => a.at - b.at);
  }

  async function remove(keys: string[]) {
    for (const key of keys) {
      memory.delete(key);
      locks.delete(key);
    }
    // What could not be removed is sealed, shown to nobody, and removed by the next page that looks.
    await (await cabinet)?.remove(keys).catch(() => {});
  }

  const lasting = cabinet.then((open) => open !== null);
  return { lasting, all, add, change, bytes, remove };
}
