// Makes the images ready to send, one after the other, in the order in which they were taken.

import type { Previews } from "../../shared/images/previews";
import type { ImageWorker } from "../capture/preparing/imageWorker";
import type { Link } from "../link/link";
import type { Held } from "./held";
import { stuck } from "./storage/files";
import type { PendingStore } from "./storage/pendingStore";

/** An original that is hardly larger than its copy shows no more. */
const WORTH_MORE = 1.2;
/** So often an image may fail on this phone before that is shown. */
const MOST_STUMBLES = 3;

type Parts = {
  held: Held;
  link: Link;
  pendingStore: PendingStore;
  imageWorker: ImageWorker;
  previews: Previews;
};

export function createPreparing({ held, link, pendingStore, imageWorker, previews }: Parts) {
  let preparing: Promise<void> | null = null;

  function prepare(): Promise<void> {
    preparing ??= prepareAll().finally(() => {
      preparing = null;
    });
    return preparing;
  }

  async function prepareAll() {
    const tried = new Set<string>();
    for (;;) {
      const next = held.images
        .peek()
        .find(({ key, stage, state }) => stage === "raw" && state === "preparing" && !tried.has(key));
      if (!next) return;
      tried.add(next.key);
      try {
        await prepareOne(next.key);
      } catch {
        stumble(next.key);
      }
    }
  }

  async function prepareOne(key: string) {
    const raw = await pendingStore.bytes(key);
    const prepared = raw && (await imageWorker.prepare(raw));
    if (!held.one(key)) return;
    // What can't be decoded here goes as it is; the server can do more.
    if (prepared) {
      const { image, thumb, hints } = prepared;
      const original = followsBehind(raw, image) ? raw : null;
      await held.record(key, { stage: "ready", hints }, { body: image, thumb, original });
      held.show(key, { preview: previews.make(thumb) });
    } else await held.record(key, { stage: "ready" });
    held.show(key, { state: "waiting" });
  }

  /** The original is worth sending if it is more than the copy, and the server takes it. */
  function followsBehind(raw: Blob, copy: Blob): boolean {
    const most = link.capabilities.peek()?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    return raw.size > copy.size * WORTH_MORE && raw.size <= most;
  }

  /** This image failed on this phone, through no fault of the network: the others go first. */
  function stumble(key: string, most = MOST_STUMBLES) {
    const stumbles = (held.one(key)?.stumbles ?? 0) + 1;
    held.show(key, { stumbles });
    if (stumbles < most) return;
    held.show(key, { state: "refused", refusal: stuck() });
  }

  /** Tries a refused image again from where it was. */
  function retry(key: string) {
    const image = held.one(key);
    if (!image) return;
    held.show(key, { state: image.stage === "raw" ? "preparing" : "waiting", refusal: null, stumbles: 0 });
    void prepare();
  }

  return { prepare, stumble, retry };
}
