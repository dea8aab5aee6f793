// The images that this page holds, and what is stored of each: one write after the other.
import { signal } from "@preact/signals";
import type { Previews } from "../../shared/images/previews";
import type { Facts, PendingImage } from "../types";
import type { KeyList } from "./keyList";
import type { PendingStore, StoredImage } from "./storage/pendingStore";

export type NewBytes = { body?: Blob | null; thumb?: Blob; original?: Blob | null };

/**
 * `dropAhead` is told the server's id of an image that was uploaded ahead of Send, and is removed now. `finished` has the
 * images that a page of this browser has sent or removed.
 */
export function createHeld(
  pendingStore: PendingStore,
  previews: Previews,
  dropAhead: (imageId: string) => void,
  finished: KeyList,
) {
  const images = signal<PendingImage[]>([]);
  /** Some image is only in this page's memory. */
  const fragile = signal(false);
  const stored = new Map<string, StoredImage>();
  /** So that an older record never lands on a newer one. */
  let writing: Promise<unknown> = Promise.resolve();

  const one = (key: string) => images.peek().find((image) => image.key === key);

  function noteRisk() {
    fragile.value = pendingStore.risky();
  }

  /** Shows something new about an image; what only the page knows is not stored. */
  function show(key: string, news: Partial<PendingImage>) {
    images.value = images.value.map((image) => (image.key === key ? { ...image, ...news } : image));
  }

  /** Stores new facts, and bytes if they changed. Nothing happens to an image that has been removed in the meantime. */
  async function record(key: string, news: Partial<Facts>, more: NewBytes = {}) {
    const before = stored.get(key);
    if (!before) return;
    const after = { ...before, facts: { ...before.facts, ...news }, thumb: more.thumb ?? before.thumb };
    stored.set(key, after);
    show(key, news);
    const written = writing.then(async () => {
      const newest = stored.get(key);
      if (newest) await pendingStore.change(newest, more.body, more.original);
      noteRisk();
    });
    writing = written.catch(() => {});
    await written;
    if (news.stage === "landed") finished.add([key]);
  }

  /** Shows an image that the store has. */
  function bringIn(each: StoredImage) {
    if (stored.has(each.key)) return;
    stored.set(each.key, each);
    images.value = [
      ...images.value,
      {
        ...each.facts,
        key: each.key,
        at: each.at,
        preview: each.thumb ? previews.make(each.thumb) : "",
        state: each.facts.stage === "raw" ? "preparing" : "waiting",
        share: 0,
        stumbles: 0,
        refusal: null,
      },
    ];
  }

  /** Shows it no longer; another page has sent or removed it. */
  function forget(key: string) {
    const gone = one(key);
    stored.delete(key);
    images.value = images.value.filter((image) => image.key !== key);
    if (gone?.preview) previews.drop(gone.preview);
  }

  async function remove(key: string) {
    const gone = one(key);
    if (gone?.stage === "ahead" && gone.imageId) dropAhead(gone.imageId);
    forget(key);
    finished.add([key]);
    // A write that is under way must not bring it back.
    const removed = writing.then(() => pendingStore.remove([key]));
    writing = removed.catch(() => {});
    await removed;
    noteRisk();
  }

  return {
    images,
    fragile,
    one,
    has: (key: string) => stored.has(key),
    show,
    record,
    bringIn,
    forget,
    remove,
    noteRisk,
  };
}

export type Held = ReturnType<typeof createHeld>;
