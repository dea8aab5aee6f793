// The images that are still on this phone: taken, kept safe, described, sent or thrown away.
import { computed, signal } from "@preact/signals";
import type { PhoneSession } from "../../api/types";
import type { Previews } from "../../shared/images/previews";
import { type Memory, readJson } from "../../shared/storage";
import type { Clock } from "../../shared/time/clock";
import { newsAt } from "../bodySite/place";
import { photoDate } from "../capture/photoDate";
import type { ImageWorker } from "../capture/preparing/imageWorker";
import type { Link } from "../link/link";
import type { BodyPlace, Facts, PendingImage, SendRefusal, View } from "../types";
import { createHeld } from "./held";
import { createKeyList } from "./keyList";
import { createLeftHere } from "./leftHere";
import { createPreparing } from "./preparing";
import { createBatches } from "./sending/batches";
import { empty, refusalOf, unreadable } from "./storage/files";
import { type PendingStore, type StoredImage, UnreadableFile } from "./storage/pendingStore";

const NOWHERE: BodyPlace = { bodySite: null, laterality: null };
const PRESSED = "clinicpro-phone-pressed";
const PLACE = "clinicpro-phone-place";
const FINISHED = "clinicpro-phone-finished";

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
  /** Removes an image from the server that was uploaded ahead of Send. */
  dropAhead: (imageId: string) => void;
};

export function createPending(parts: Parts) {
  const { link, pendingStore, previews, clock, newKey, memory, shared } = parts;
  const finished = createKeyList(shared, FINISHED);
  /** A press on Send is noted before anything goes out, and outlives this page even where the browser has lost its database. */
  const pressed = createKeyList(shared, PRESSED);
  const held = createHeld(pendingStore, previews, parts.dropAhead, finished);
  const { images, one, record, show } = held;
  /** Where the next image will be. */
  const place = signal<BodyPlace>(NOWHERE);
  /** Which of the set the next image will be. */
  const view = signal<View | null>(null);
  /** The next images are to show a ruler beside what they are of. */
  const wantsScale = signal(false);
  const { arriving, coming, ...batches } = createBatches();
  const session = () => link.session.peek() as PhoneSession;
  const left = createLeftHere({
    held,
    pendingStore,
    session,
    shared,
    finished,
    pressed,
  });
  const { prepare, stumble, retry } = createPreparing({ ...parts, held });
  const unsent = computed(() => images.value.filter(({ wanted, state }) => !wanted && state !== "refused"));
  const moving = computed(() =>
    images.value.filter(({ wanted, state, stage }) => wanted && state !== "refused" && stage !== "behind"),
  );
  /** On the desktop in a small copy; their originals are still to follow. */
  const behind = computed(() => images.value.filter(({ stage }) => stage === "behind"));
  /** Kept here, and on no desktop; a file that could not be taken in is not kept. */
  const kept = computed(() =>
    images.value.filter(({ key, stage }) => held.has(key) && stage !== "landed" && stage !== "behind"),
  );

  async function want(keys?: string[]) {
    const chosen = unsent.peek().filter(({ key }) => !keys || keys.includes(key));
    // Shown at once, so that two quick presses are one.
    for (const { key } of chosen) show(key, { wanted: true });
    pressed.add(chosen.map(({ key }) => key));
    for (const { key } of chosen) await record(key, { wanted: true });
  }

  async function recall(how: { destroy?: boolean } = {}) {
    const kept = readJson(memory, PLACE, isPlaceOf(session().sessionId), null);
    if (kept) place.value = kept.place;
    await left.recall(how);
    void prepare();
  }

  async function addEarlier() {
    await left.addEarlier();
    void prepare();
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
    // Only now, so that a camera that was closed without an image, or gave one that can't be read, costs nothing.
    if (replaces && held.has(last)) await held.remove(replaces);
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
      takenAt:
        origin === "camera"
          ? new Date(link.serverTime(at)).toISOString()
          : await photoDate(file).catch(() => null),
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
    held.noteRisk();
    held.bringIn(each);
    if (batch.wanted) pressed.add([each.key]);
    // Send was pressed while this one was being stored.
    if (batch.wanted && !facts.wanted) await record(each.key, { wanted: true });
    return each.key;
  }

  function setPlace(news: Partial<BodyPlace>) {
    place.value = { ...place.value, ...newsAt(place.value, news) };
    memory.setItem(PLACE, JSON.stringify({ sessionId: session().sessionId, place: place.value }));
  }

  /** Says where images are; the next one will be there too. */
  async function describe(keys: readonly string[], news: Partial<BodyPlace>) {
    setPlace(news);
    for (const key of keys) {
      const image = one(key);
      if (image) await record(key, { place: { ...image.place, ...newsAt(image.place, news) } });
    }
  }

  /** All that is left of this patient here, after the link was cut. */
  async function destroy() {
    for (const { key } of images.peek()) await held.remove(key);
    await left.deleteEarlier();
    await left.deleteUnreadable();
  }

  /** Storage that was slow or full a moment ago may be there now. */
  async function settle() {
    await pendingStore.settle();
    held.noteRisk();
  }

  return {
    ...left,
    images,
    place,
    view,
    wantsScale,
    fragile: held.fragile,
    arriving,
    coming,
    unsent,
    moving,
    behind,
    kept,
    opened: pendingStore.opened,
    one,
    show,
    record,
    want,
    recall,
    addEarlier,
    add,
    wantComing: batches.want,
    prepare,
    stumble,
    retry,
    describe,
    setPlace,
    remove: held.remove,
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
