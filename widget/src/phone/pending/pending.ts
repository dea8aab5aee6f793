// The images that are still on this phone: taken, kept safe, made ready, described, thrown away.
import { computed, signal } from "@preact/signals";
import type { PhoneSession } from "../../api/types";
import type { Clock } from "../../shared/clock";
import type { Previews } from "../../shared/previews";
import type { ImageWorker } from "../capture/imageWorker";
import type { Link } from "../link/link";
import type { BodyPlace, Facts, PendingImage } from "../types";
import { createBatches } from "./batches";
import type { PendingStore, StoredImage } from "./pendingStore";

const NOWHERE: BodyPlace = { bodySite: null, laterality: null };

type Parts = {
  link: Link;
  pendingStore: PendingStore;
  imageWorker: ImageWorker;
  previews: Previews;
  clock: Clock;
  newKey: () => string;
};

export function createPending({ link, pendingStore, imageWorker, previews, clock, newKey }: Parts) {
  const images = signal<PendingImage[]>([]);
  /** Images of an earlier session of this patient: offered, not sent automatically. */
  const earlier = signal<StoredImage[]>([]);
  /** Where the next image will be. */
  const place = signal<BodyPlace>(NOWHERE);
  /** Some image is only in this page's memory. */
  const fragile = signal(false);
  const { arriving, coming, ...batches } = createBatches();
  const held = new Map<string, StoredImage>();
  const unsent = computed(() => images.value.filter((pendingImage) => !pendingImage.wanted));
  const moving = computed(() =>
    images.value.filter((pendingImage) => pendingImage.wanted && pendingImage.state !== "refused"),
  );
  let preparing: Promise<void> | null = null;
  /** One write after the other, so that an older word never lands on a newer one. */
  let writing: Promise<unknown> = Promise.resolve();

  const session = () => link.session.peek() as PhoneSession;
  const one = (key: string) => images.peek().find((pendingImage) => pendingImage.key === key);

  /** Shows something new about an image; what only the page knows is not stored. */
  function show(key: string, news: Partial<PendingImage>) {
    images.value = images.value.map((pendingImage) =>
      pendingImage.key === key ? { ...pendingImage, ...news } : pendingImage,
    );
  }

  /** Stores new facts, and bytes if they changed. Nothing happens to an image that has been removed in the meantime. */
  async function record(key: string, news: Partial<Facts>, more: { body?: Blob | null; thumb?: Blob } = {}) {
    const before = held.get(key);
    if (!before) return;
    const after = { ...before, facts: { ...before.facts, ...news }, thumb: more.thumb ?? before.thumb };
    held.set(key, after);
    show(key, news);
    const written = writing.then(async () => {
      const newest = held.get(key);
      if (newest && (await pendingStore.change(newest, more.body)) === "memory") fragile.value = true;
    });
    writing = written.catch(() => {});
    await written;
  }

  function pendingOf(each: StoredImage): PendingImage {
    return {
      ...each.facts,
      key: each.key,
      at: each.at,
      preview: each.thumb ? previews.make(each.thumb) : "",
      state: each.facts.stage === "raw" ? "preparing" : "waiting",
      share: 0,
      refusal: null,
    };
  }

  /** Restores what this session left here; images of another patient are destroyed. */
  async function recall() {
    fragile.value = !(await pendingStore.lasting);
    const { sessionId, patientTag } = session();
    const all = await pendingStore.all();
    const strange = all.filter((each) => each.patientTag !== patientTag);
    await pendingStore.remove(strange.map((each) => each.key));
    const own = all.filter((each) => each.patientTag === patientTag);
    earlier.value = own.filter((each) => each.sessionId !== sessionId);
    for (const each of own.filter((each) => each.sessionId === sessionId)) bringIn(each);
    void prepare();
  }

  /** Shows no longer what another page on this phone has destroyed. */
  async function forgetRemoved() {
    const here = new Set((await pendingStore.all()).map((each) => each.key));
    for (const pendingImage of images.peek()) if (!here.has(pendingImage.key)) await remove(pendingImage.key);
    earlier.value = earlier.value.filter((each) => here.has(each.key));
  }

  function bringIn(each: StoredImage) {
    if (held.has(each.key)) return;
    held.set(each.key, each);
    images.value = [...images.value, pendingOf(each)];
  }

  async function addEarlier() {
    const offered = earlier.value;
    earlier.value = [];
    for (const each of offered) {
      const moved = { ...each, sessionId: session().sessionId };
      await pendingStore.change(moved);
      bringIn(moved);
    }
    void prepare();
  }

  async function deleteEarlier() {
    const offered = earlier.value;
    earlier.value = [];
    await pendingStore.remove(offered.map((each) => each.key));
  }

  /** Stores each file before anything else happens to it; `onWanted` is called for one to be sent at once. Returns the last key. */
  async function add(files: readonly Blob[], origin: Facts["origin"], replaces = "", onWanted = () => {}) {
    const batch = batches.begin(origin, files.length);
    let last = "";
    for (const file of files) {
      const facts: Facts = {
        place: one(replaces)?.place ?? place.peek(),
        hints: [],
        origin,
        stage: "raw",
        wanted: batch.wanted,
        imageId: null,
      };
      const { sessionId, patientTag } = session();
      const each: StoredImage = { key: newKey(), at: clock.now(), sessionId, patientTag, facts, thumb: null };
      if ((await pendingStore.add(each, file)) === "memory") fragile.value = true;
      bringIn(each);
      batches.stored(batch);
      last = each.key;
      // Send was pressed while this one was being stored.
      if (batch.wanted && !facts.wanted) await record(each.key, { wanted: true });
      if (batch.wanted) onWanted();
      void prepare();
    }
    // Only now, so that a camera that was closed without an image costs nothing.
    if (last && replaces) await remove(replaces);
    return last;
  }

  /** Makes the images ready, one after the other. */
  function prepare(): Promise<void> {
    preparing ??= prepareAll().finally(() => {
      preparing = null;
    });
    return preparing;
  }

  async function prepareAll() {
    for (;;) {
      const next = images
        .peek()
        .find((pendingImage) => pendingImage.stage === "raw" && pendingImage.state === "preparing");
      if (!next) return;
      const raw = await pendingStore.bytes(next.key);
      const prepared = raw && (await imageWorker.prepare(raw));
      if (!one(next.key)) continue;
      // What can't be decoded here goes as it is; the server can do more.
      if (prepared) {
        const { image, thumb, hints } = prepared;
        await record(next.key, { stage: "ready", hints }, { body: image, thumb });
        show(next.key, { preview: previews.make(thumb) });
      } else await record(next.key, { stage: "ready" });
      show(next.key, { state: "waiting" });
    }
  }

  /** Says where an image is; the next one will be there too. */
  async function describe(key: string, news: Partial<BodyPlace>) {
    const pendingImage = one(key);
    place.value = { ...(pendingImage?.place ?? place.value), ...news };
    if (pendingImage) await record(key, { place: place.value });
  }

  async function remove(key: string) {
    const gone = one(key);
    held.delete(key);
    images.value = images.value.filter((pendingImage) => pendingImage.key !== key);
    if (gone?.preview) previews.drop(gone.preview);
    // A write that is under way must not bring it back.
    const removed = writing.then(() => pendingStore.remove([key]));
    writing = removed.catch(() => {});
    await removed;
  }

  /** All that is left of this patient here, after the link was cut. */
  async function destroy() {
    for (const pendingImage of images.peek()) await remove(pendingImage.key);
    await deleteEarlier();
  }

  return {
    images,
    earlier,
    place,
    fragile,
    arriving,
    coming,
    unsent,
    moving,
    one,
    show,
    record,
    recall,
    forgetRemoved,
    addEarlier,
    deleteEarlier,
    add,
    wantComing: batches.want,
    prepare,
    describe,
    remove,
    destroy,
    bytes: pendingStore.bytes,
  };
}

export type Pending = ReturnType<typeof createPending>;
