// The images that are still on this phone: taken, kept safe, made ready, described, thrown away.
import { computed, signal } from "@preact/signals";
import type { PhoneSession } from "../../api/types";
import type { Clock } from "../../shared/clock";
import type { Previews } from "../../shared/previews";
import { isStrings, type Memory, readJson } from "../../shared/storage";
import type { ImageWorker } from "../capture/imageWorker";
import { photoDate } from "../capture/photoDate";
import type { Link } from "../link/link";
import type { BodyPlace, Facts, PendingImage, SendRefusal, View } from "../types";
import { createBatches } from "./batches";
import { empty, refusalOf, stuck, unreadable } from "./files";
import { type Owner, type PendingStore, type StoredImage, UnreadableFile } from "./pendingStore";

const NOWHERE: BodyPlace = { bodySite: null, laterality: null };
/** An original that is hardly larger than its copy shows no more. */
const WORTH_MORE = 1.2;
const WANTED = "clinicpro-phone-wanted";
const PLACE = "clinicpro-phone-place";
const DESTROYED = "clinicpro-phone-destroyed";
const MOST_DESTROYED = 100;
/** So often an image may fail on this phone before that is shown. */
const MOST_STUMBLES = 3;

type NewBytes = { body?: Blob | null; thumb?: Blob; original?: Blob | null };

type Parts = {
  link: Link;
  pendingStore: PendingStore;
  imageWorker: ImageWorker;
  previews: Previews;
  clock: Clock;
  newKey: () => string;
  /** Lives as long as the tab. */
  memory: Memory;
  /** Is the same for all tabs, and outlives them. */
  shared: Memory;
};

export function createPending(parts: Parts) {
  const { link, pendingStore, imageWorker, previews, clock, newKey, memory, shared } = parts;
  const images = signal<PendingImage[]>([]);
  /** Images of an earlier session of this patient: offered, not sent automatically. */
  const earlier = signal<StoredImage[]>([]);
  /** Images of this patient that the browser has and can't read now. */
  const unreadables = signal<Owner[]>([]);
  /** Another patient's unsent images; nothing of them is shown but their number. */
  const strangers = signal<Owner[]>([]);
  /** How many images another page on this phone destroyed, because it was opened for another patient. */
  const destroyedElsewhere = signal(0);
  /** Where the next image will be. */
  const place = signal<BodyPlace>(NOWHERE);
  /** Which of the set the next image will be. */
  const view = signal<View | null>(null);
  /** Some image is only in this page's memory. */
  const fragile = signal(false);
  const { arriving, coming, ...batches } = createBatches();
  const held = new Map<string, StoredImage>();
  const unsent = computed(() =>
    images.value.filter((pendingImage) => !pendingImage.wanted && pendingImage.state !== "refused"),
  );
  const moving = computed(() =>
    images.value.filter(({ wanted, state, stage }) => wanted && state !== "refused" && stage !== "behind"),
  );
  /** On the desktop in a small copy; their originals are still to follow. */
  const behind = computed(() => images.value.filter(({ stage }) => stage === "behind"));
  let preparing: Promise<void> | null = null;
  /** One write after the other, so that an older word never lands on a newer one. */
  let writing: Promise<unknown> = Promise.resolve();

  const session = () => link.session.peek() as PhoneSession;
  const one = (key: string) => images.peek().find((pendingImage) => pendingImage.key === key);
  const isRisky = () => {
    fragile.value = pendingStore.risky();
  };

  /** Shows something new about an image; what only the page knows is not stored. */
  function show(key: string, news: Partial<PendingImage>) {
    images.value = images.value.map((pendingImage) =>
      pendingImage.key === key ? { ...pendingImage, ...news } : pendingImage,
    );
  }

  /** Stores new facts, and bytes if they changed. Nothing happens to an image that has been removed in the meantime. */
  async function record(key: string, news: Partial<Facts>, more: NewBytes = {}) {
    const before = held.get(key);
    if (!before) return;
    const after = { ...before, facts: { ...before.facts, ...news }, thumb: more.thumb ?? before.thumb };
    held.set(key, after);
    show(key, news);
    const written = writing.then(async () => {
      const newest = held.get(key);
      if (newest) await pendingStore.change(newest, more.body, more.original);
      isRisky();
    });
    writing = written.catch(() => {});
    await written;
  }

  /** A press on Send outlives the page even where the browser has lost its database. */
  function noteWanted() {
    const keys = images.peek().filter(({ wanted }) => wanted);
    memory.setItem(WANTED, JSON.stringify(keys.map(({ key }) => key)));
  }

  async function want(keys?: string[]) {
    const chosen = unsent.peek().filter(({ key }) => !keys || keys.includes(key));
    // Shown at once, so that two quick presses are one.
    for (const { key } of chosen) show(key, { wanted: true });
    noteWanted();
    for (const { key } of chosen) await record(key, { wanted: true });
  }

  function pendingOf(each: StoredImage): PendingImage {
    return {
      ...each.facts,
      key: each.key,
      at: each.at,
      preview: each.thumb ? previews.make(each.thumb) : "",
      state: each.facts.stage === "raw" ? "preparing" : "waiting",
      share: 0,
      stumbles: 0,
      refusal: null,
    };
  }

  /** Whose unsent images this phone holds, before a code of anyone is used. */
  async function owners(): Promise<Owner[]> {
    const { images: readable, unreadable: shut } = await pendingStore.all();
    return [...readable.filter(({ facts }) => facts.stage !== "behind"), ...shut];
  }

  /** Restores what this session left here. Images of another patient are never shown, and destroyed only if `destroy`. */
  async function recall({ destroy = false } = {}) {
    const { sessionId, patientTag } = session();
    recallPlace(sessionId);
    const found = await pendingStore.all();
    isRisky();
    // Photos that are on a desktop already: their originals can't follow any more.
    const late = found.images.filter((each) => each.facts.stage === "behind" && each.sessionId !== sessionId);
    await pendingStore.remove(late.map(({ key }) => key));
    const left = [...found.images, ...found.unreadable].filter(
      (each) => !late.some(({ key }) => key === each.key),
    );
    const theirs = left.filter((each) => each.patientTag !== patientTag);
    if (destroy) await destroyAll(theirs);
    strangers.value = destroy ? [] : theirs;
    unreadables.value = found.unreadable.filter((each) => each.patientTag === patientTag);
    const own = found.images.filter((each) => each.patientTag === patientTag && !late.includes(each));
    earlier.value = own.filter((each) => each.sessionId !== sessionId && !held.has(each.key));
    const wanted = readJson(memory, WANTED, isStrings, []);
    for (const each of own.filter((each) => each.sessionId === sessionId)) {
      bringIn(wanted.includes(each.key) ? { ...each, facts: { ...each.facts, wanted: true } } : each);
    }
    void prepare();
  }

  function recallPlace(sessionId: string) {
    const kept = readJson(memory, PLACE, isPlaceOf(sessionId), null);
    if (kept) place.value = kept.place;
  }

  async function destroyAll(theirs: readonly Owner[]) {
    if (theirs.length === 0) return;
    const keys = theirs.map(({ key }) => key);
    const before = readJson(shared, DESTROYED, isStrings, []);
    shared.setItem(DESTROYED, JSON.stringify([...before, ...keys].slice(-MOST_DESTROYED)));
    await pendingStore.remove(keys);
  }

  async function destroyStrangers() {
    const theirs = strangers.peek();
    strangers.value = [];
    await destroyAll(theirs);
  }

  /** Shows no longer what another page on this phone has destroyed. */
  async function forgetRemoved() {
    const { images: readable, unreadable: shut, complete } = await pendingStore.all();
    if (!complete) return;
    const here = new Set([...readable, ...shut].map(({ key }) => key));
    const destroyed = new Set(readJson(shared, DESTROYED, isStrings, []));
    const gone = [...images.peek(), ...earlier.peek()].filter(({ key }) => !here.has(key));
    destroyedElsewhere.value += gone.filter(({ key }) => destroyed.has(key)).length;
    for (const { key } of gone) await remove(key);
    earlier.value = earlier.peek().filter(({ key }) => here.has(key));
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

  async function deleteUnreadable() {
    const shut = unreadables.value;
    unreadables.value = [];
    await pendingStore.remove(shut.map((each) => each.key));
  }

  /** A file that can't be sent is shown with the reason, and stored nowhere. */
  function refuse(file: Pick<Facts, "origin">, refusal: SendRefusal) {
    const image: PendingImage = {
      place: NOWHERE,
      view: null,
      hints: [],
      origin: file.origin,
      takenAt: null,
      stage: "raw",
      wanted: false,
      imageId: null,
      key: newKey(),
      at: clock.now(),
      preview: "",
      state: "refused",
      share: 0,
      stumbles: 0,
      refusal,
    };
    images.value = [...images.value, image];
    return image.key;
  }

  /** Stores each file before anything else happens to it; `onWanted` is called for one to be sent at once. Returns the last key. */
  async function add(files: readonly Blob[], origin: Facts["origin"], replaces = "", onWanted = () => {}) {
    const batch = batches.begin(origin, files.length);
    let last = "";
    for (const file of files) {
      const refusal = refusalOf(file, link.capabilities.peek()?.limits.maxBytes);
      last = refusal ? refuse({ origin }, refusal) : await addOne(file, batch, origin, replaces);
      batches.stored(batch);
      if (batch.wanted) onWanted();
      void prepare();
    }
    // Only now, so that a camera that was closed without an image costs nothing.
    if (last && replaces) await remove(replaces);
    return last;
  }

  async function addOne(file: Blob, batch: { wanted: boolean }, origin: Facts["origin"], replaces: string) {
    const at = clock.now();
    const replaced = one(replaces);
    const facts: Facts = {
      place: replaced?.place ?? place.peek(),
      view: replaced ? replaced.view : view.peek(),
      hints: [],
      origin,
      takenAt: origin === "camera" ? new Date(at).toISOString() : await photoDate(file).catch(() => null),
      stage: "raw",
      wanted: batch.wanted,
      imageId: null,
    };
    const { sessionId, patientTag } = session();
    const each: StoredImage = { key: newKey(), at, sessionId, patientTag, facts, thumb: null };
    try {
      await pendingStore.add(each, file);
    } catch (cause) {
      if (!(cause instanceof UnreadableFile)) throw cause;
      return refuse(facts, file.size === 0 ? empty() : unreadable());
    }
    isRisky();
    bringIn(each);
    // Send was pressed while this one was being stored.
    if (batch.wanted && !facts.wanted) await record(each.key, { wanted: true });
    return each.key;
  }

  /** Makes the images ready, one after the other. */
  function prepare(): Promise<void> {
    preparing ??= prepareAll().finally(() => {
      preparing = null;
    });
    return preparing;
  }

  async function prepareAll() {
    const tried = new Set<string>();
    for (;;) {
      const next = images
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
    if (!one(key)) return;
    // What can't be decoded here goes as it is; the server can do more.
    if (prepared) {
      const { image, thumb, hints } = prepared;
      const original = followsBehind(raw, image) ? raw : null;
      await record(key, { stage: "ready", hints }, { body: image, thumb, original });
      show(key, { preview: previews.make(thumb) });
    } else await record(key, { stage: "ready" });
    show(key, { state: "waiting" });
  }

  /** The original is worth sending if it is more than the copy, and the server takes it. */
  function followsBehind(raw: Blob, copy: Blob): boolean {
    const most = link.capabilities.peek()?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    return raw.size > copy.size * WORTH_MORE && raw.size <= most;
  }

  /** This image failed on this phone, through no fault of the network: the others go first. */
  function stumble(key: string, most = MOST_STUMBLES) {
    const stumbles = (one(key)?.stumbles ?? 0) + 1;
    show(key, { stumbles });
    if (stumbles < most) return;
    show(key, { state: "refused", refusal: stuck() });
  }

  /** Tries a refused image again from where it was. */
  function retry(key: string) {
    const image = one(key);
    if (!image) return;
    show(key, { state: image.stage === "raw" ? "preparing" : "waiting", refusal: null, stumbles: 0 });
    void prepare();
  }

  function setPlace(news: Partial<BodyPlace>) {
    place.value = { ...place.value, ...news };
    memory.setItem(PLACE, JSON.stringify({ sessionId: session().sessionId, place: place.value }));
  }

  /** Says where images are; the next one will be there too. */
  async function describe(keys: readonly string[], news: Partial<BodyPlace>) {
    setPlace(news);
    for (const key of keys) {
      const image = one(key);
      if (image) await record(key, { place: { ...image.place, ...news } });
    }
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
    isRisky();
  }

  /** All that is left of this patient here, after the link was cut. */
  async function destroy() {
    for (const pendingImage of images.peek()) await remove(pendingImage.key);
    await deleteEarlier();
    await deleteUnreadable();
  }

  /** Storage that was slow or full a moment ago may be there now. */
  async function settle() {
    await pendingStore.settle();
    isRisky();
  }

  return {
    images,
    earlier,
    unreadables,
    strangers,
    destroyedElsewhere,
    place,
    view,
    fragile,
    arriving,
    coming,
    unsent,
    moving,
    behind,
    opened: pendingStore.opened,
    one,
    show,
    record,
    want,
    owners,
    recall,
    forgetRemoved,
    destroyStrangers,
    addEarlier,
    deleteEarlier,
    deleteUnreadable,
    add,
    wantComing: batches.want,
    prepare,
    stumble,
    retry,
    describe,
    setPlace,
    remove,
    destroy,
    settle,
    bytes: pendingStore.bytes,
    original: pendingStore.original,
  };
}

type KeptPlace = { sessionId: string; place: BodyPlace };

const isPlaceOf =
  (sessionId: string) =>
  (value: unknown): value is KeptPlace | null =>
    typeof value === "object" && value !== null && (value as KeptPlace).sessionId === sessionId;

export type Pending = ReturnType<typeof createPending>;
