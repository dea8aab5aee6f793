// Images that the server does not have yet: encrypted in this browser, or in this page's memory where that can't be.

import type { Facts } from "../types";
import { decrypt, decryptJson, type Encrypted, encrypt, encryptJson, newImageKey } from "./encryption";
import type { Idb } from "./idb";

/** Which session and patient an image belongs to, and its facts. */
export type StoredImage = {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  sessionId: string;
  patientTag: string;
  facts: Facts;
  /** A small image to show in the grid. */
  thumb: Blob | null;
};

/** Whether an image survives this page. */
export type Kept = "encrypted" | "memory";

export interface PendingStore {
  /** False where this browser keeps nothing once the page is gone. */
  lasting: Promise<boolean>;
  /** What is still here, oldest first. An image that can't be read any more is removed. */
  all(): Promise<StoredImage[]>;
  /** Stores the image as it was taken; resolves when it is safe, saying how safe. */
  add(held: StoredImage, raw: Blob): Promise<Kept>;
  /** Takes new facts, with new bytes if there are any (null: no more bytes). What was removed stays removed. */
  change(held: StoredImage, body?: Blob | null): Promise<Kept>;
  bytes(key: string): Promise<Blob | null>;
  remove(keys: string[]): Promise<void>;
}

export type EncryptedImage = {
  key: string;
  at: number;
  sessionId: string;
  patientTag: string;
  lock: CryptoKey;
  facts: Encrypted;
  thumb: EncryptedBody | null;
};
type EncryptedBody = Encrypted & { type: string };

/** `opening` rejects where the browser keeps nothing; then, and when its storage is full, images live in memory. */
export function createPendingStore(opening: Promise<Idb<EncryptedImage>>): PendingStore {
  const memory = new Map<string, { held: StoredImage; body: Blob | null }>();
  const locks = new Map<string, CryptoKey>();
  const idb = opening.then(
    (open) => (globalThis.crypto?.subtle ? open : null),
    () => null,
  );

  async function encryptImage(held: StoredImage, lock: CryptoKey): Promise<EncryptedImage> {
    const { key, at, sessionId, patientTag } = held;
    const facts = await encryptJson(lock, `${key} facts`, held.facts);
    const thumb = held.thumb && (await encryptBlob(`${key} thumb`, lock, held.thumb));
    return { key, at, sessionId, patientTag, lock, facts, thumb };
  }

  async function encryptBlob(label: string, lock: CryptoKey, blob: Blob): Promise<EncryptedBody> {
    return { type: blob.type, ...(await encrypt(lock, label, await blob.arrayBuffer())) };
  }

  async function decryptBlob(label: string, lock: CryptoKey, body: EncryptedBody): Promise<Blob> {
    return new Blob([await decrypt(lock, label, body)], { type: body.type });
  }

  async function add(held: StoredImage, raw: Blob): Promise<Kept> {
    const open = await idb;
    try {
      if (!open) throw new Error("no cabinet");
      const lock = await newImageKey();
      await open.put(await encryptImage(held, lock), await encryptBlob(`${held.key} body`, lock, raw));
      locks.set(held.key, lock);
      return "encrypted";
    } catch {
      // Storage full, or shut: the image itself is worth more than where it waits.
      memory.set(held.key, { held, body: raw });
      return "memory";
    }
  }

  async function change(held: StoredImage, body?: Blob | null): Promise<Kept> {
    const waiting = memory.get(held.key);
    const lock = locks.get(held.key);
    const open = await idb;
    if (waiting || !lock || !open) {
      memory.set(held.key, { held, body: body === undefined ? (waiting?.body ?? null) : body });
      return "memory";
    }
    const encrypted = body ? await encryptBlob(`${held.key} body`, lock, body) : body;
    try {
      await open.replace(await encryptImage(held, lock), encrypted);
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
    const stored = (await (await idb)?.body(key)) as EncryptedBody | undefined;
    if (!lock || !stored) return null;
    return decryptBlob(`${key} body`, lock, stored);
  }

  async function all(): Promise<StoredImage[]> {
    const open = await idb;
    const found = [...memory.values()].map(({ held }) => held);
    for (const { lock, facts, thumb, ...rest } of (await open?.all().catch(() => [])) ?? []) {
      if (memory.has(rest.key)) continue;
      try {
        found.push({
          ...rest,
          facts: await decryptJson(lock, `${rest.key} facts`, facts),
          thumb: thumb && (await decryptBlob(`${rest.key} thumb`, lock, thumb)),
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
    // What could not be removed is encrypted and never shown; the next page to read the store removes it.
    await (await idb)?.remove(keys).catch(() => {});
  }

  const lasting = idb.then((open) => open !== null);
  return { lasting, all, add, change, bytes, remove };
}
