// Images that the server does not have yet: encrypted in this browser, or in this page's memory where that can't be.

import type { Facts } from "../../types";
import { decrypt, decryptJson, type Encrypted, encrypt, encryptJson, newImageKey } from "./encryption";
import type { Idb } from "./idb";

/** Whose an image is. */
export type Owner = {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  sessionId: string;
  patientTag: string;
};

/** An image, its facts, and a small version of it to show in the grid. */
export type StoredImage = Owner & { facts: Facts; thumb: Blob | null };

/** Whether an image survives this page. */
export type Kept = "encrypted" | "memory";

export type Inventory = {
  /** Oldest first. */
  images: StoredImage[];
  /** They are here and can't be read now; never deleted without being asked to. */
  unreadable: Owner[];
  /** False where the browser did not say what it has. */
  complete: boolean;
};

/** The file that was chosen can't be read: moved, still in a cloud gallery, or empty. */
export class UnreadableFile extends Error {}

export interface PendingStore {
  /** Resolves when the browser's storage is open, even late; never if it is refused. */
  opened: Promise<void>;
  /** Whether something is, or would be, in this page's memory only. */
  risky(): boolean;
  all(): Promise<Inventory>;
  /** Stores the image as it was taken; resolves when it is safe, saying how safe. Raises UnreadableFile. */
  add(held: StoredImage, raw: Blob): Promise<Kept>;
  /** Takes new facts, with new bytes if there are any (null: no more bytes). What was removed stays removed. */
  change(held: StoredImage, body?: Blob | null, original?: Blob | null): Promise<Kept>;
  /** As it was taken, where that is larger than what is sent first; null if there is none, or it can't be read. */
  original(key: string): Promise<Blob | null>;
  /** null: there are none. Rejects if they can't be read now. */
  bytes(key: string): Promise<Blob | null>;
  remove(keys: string[]): Promise<void>;
  /** Tries to store what is in memory only. */
  settle(): Promise<void>;
}

export type EncryptedImage = Owner & { lock: CryptoKey; facts: Encrypted; thumb: EncryptedBody | null };
type EncryptedBody = Encrypted & { type: string };
/** `body` undefined: the bytes are where they were. */
type InMemory = { held: StoredImage; body: Blob | null | undefined };

/** Facts as an earlier version of the page stored them have fewer members. */
const LATER_FACTS = { view: null, takenAt: null };

export function createPendingStore(idb: Idb<EncryptedImage>): PendingStore {
  const memory = new Map<string, InMemory>();
  const locks = new Map<string, CryptoKey>();
  /** The same again, until the server has it: iOS can lose its database under a page, and a browser may empty it. */
  const copies = new Map<string, { held: StoredImage; body: Blob }>();
  /** The browser's last answer was a refusal. */
  let refused = false;

  // What another page removed isn't here: the database is emptied by the browser, or by its owner.
  idb.onEmptied(() => {
    locks.clear();
    for (const [key, copy] of copies) memory.set(key, copy);
  });

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

  /** Storage full, or shut: the image itself is worth more than where it waits. */
  function keepInMemory(held: StoredImage, body: Blob | null | undefined): Kept {
    memory.set(held.key, { held, body });
    return "memory";
  }

  async function add(held: StoredImage, raw: Blob): Promise<Kept> {
    // Read once, so that a file that can't be read is not taken for storage that can't be written.
    const bytes = await raw.arrayBuffer().catch(() => null);
    if (!bytes || bytes.byteLength === 0) throw new UnreadableFile();
    try {
      const lock = await newImageKey();
      const body = { type: raw.type, ...(await encrypt(lock, `${held.key} body`, bytes)) };
      await idb.put(await encryptImage(held, lock), body);
      locks.set(held.key, lock);
      copies.set(held.key, { held, body: raw });
      refused = false;
      return "encrypted";
    } catch {
      return keepInMemory(held, new Blob([bytes], { type: raw.type }));
    }
  }

  async function change(held: StoredImage, body?: Blob | null, original?: Blob | null): Promise<Kept> {
    const waiting = memory.get(held.key);
    const lock = locks.get(held.key);
    const copy = body ?? copies.get(held.key)?.body;
    if (body === null) copies.delete(held.key);
    else if (copy) copies.set(held.key, { held, body: copy });
    if (waiting || !lock) return keepInMemory(held, body === undefined ? waiting?.body : body);
    try {
      const encrypted = body ? await encryptBlob(`${held.key} body`, lock, body) : body;
      const behind = original ? await encryptBlob(`${held.key} original`, lock, original) : original;
      await idb.replace(await encryptImage(held, lock), encrypted, behind);
      return memory.has(held.key) ? "memory" : "encrypted";
    } catch {
      // The older record stays where it is, and serves if this page is lost.
      return keepInMemory(held, body);
    }
  }

  async function bytes(key: string): Promise<Blob | null> {
    const waiting = memory.get(key);
    if (waiting && waiting.body !== undefined) return waiting.body;
    const lock = locks.get(key);
    if (!lock) return copies.get(key)?.body ?? null;
    try {
      const stored = (await idb.body(key)) as EncryptedBody | undefined;
      return stored ? await decryptBlob(`${key} body`, lock, stored) : (memory.get(key)?.body ?? null);
    } catch (cause) {
      const copy = copies.get(key);
      if (copy) return copy.body;
      throw cause;
    }
  }

  async function original(key: string): Promise<Blob | null> {
    const lock = locks.get(key);
    const stored = (await idb.original(key)) as EncryptedBody | undefined;
    return lock && stored ? decryptBlob(`${key} original`, lock, stored).catch(() => null) : null;
  }

  async function all(): Promise<Inventory> {
    const stored = await idb.all().catch(() => null);
    refused = stored === null;
    const images = [...memory.values()].map(({ held }) => held);
    const unreadable: Owner[] = [];
    for (const { lock, facts, thumb, ...owner } of stored ?? []) {
      if (memory.has(owner.key)) continue;
      try {
        const known = { ...LATER_FACTS, ...(await decryptJson(lock, `${owner.key} facts`, facts)) };
        const small = thumb && (await decryptBlob(`${owner.key} thumb`, lock, thumb).catch(() => null));
        images.push({ ...owner, facts: known, thumb: small });
        locks.set(owner.key, lock);
      } catch {
        unreadable.push(owner);
      }
    }
    return { images: images.sort((a, b) => a.at - b.at), unreadable, complete: stored !== null };
  }

  async function remove(keys: string[]) {
    for (const key of keys) {
      memory.delete(key);
      locks.delete(key);
      copies.delete(key);
    }
    // What could not be removed is encrypted; the next page that reads it offers it again.
    await idb.remove(keys).catch(() => {});
  }

  async function settle() {
    for (const [key, { held, body }] of [...memory]) {
      // Its bytes are encrypted under a key that this page never read.
      if (body === undefined && !locks.has(key)) continue;
      try {
        const lock = locks.get(key) ?? (await newImageKey());
        const record = await encryptImage(held, lock);
        if (body) await idb.put(record, await encryptBlob(`${key} body`, lock, body));
        else await idb.replace(record, body);
        // Removed, or changed again, while it was written?
        const now = memory.get(key);
        if (!now) await idb.remove([key]);
        else if (now.held === held && now.body === body) {
          locks.set(key, lock);
          if (body) copies.set(key, { held, body });
          memory.delete(key);
        }
        refused = false;
      } catch {
        return;
      }
    }
  }

  return {
    opened: idb.opened,
    risky: () => refused || memory.size > 0,
    all,
    add,
    change,
    bytes,
    original,
    remove,
    settle,
  };
}
