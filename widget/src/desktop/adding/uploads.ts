// Files on their way to the server: shown at once, sent at most three at a time, each with its progress or the reason it wasn't added.
import { computed, effect, signal, untracked } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { ApiProblem, asProblem } from "../../api/problem";
import type { Example, Image } from "../../api/types";
import type { Previews } from "../../shared/images/previews";
import type { Clock } from "../../shared/time/clock";
import { megabytes } from "../../shared/wording";
import type { DetailsSlice } from "../details/details";
import type { Images } from "../images/images";
import { localImage } from "../images/local";
import type { Thumbs } from "../images/thumbs";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.adding;

const AT_ONCE = 3;
const PREVIEW_MS = 20_000;
/** What every browser can draw from the file itself. */
const DRAWN = /^image\/(jpeg|png|webp)$/;

export type Upload = {
  key: number;
  /** The id it is shown under until the server has it. */
  localId: string;
  file: Blob;
  name: string;
  /** blob: address for the tile. */
  preview: string;
  state: "waiting" | "sending" | "refused";
  /** Share sent, 0 to 1. */
  share: number;
  problem: ApiProblem | null;
  /** The images that were here when it was added. */
  before: ReadonlySet<string>;
};

const nameOf = (file: Blob) => (file instanceof File ? file.name : null);

/** A file that is chosen twice is another object each time. */
const isSame = (one: Blob, other: Blob) =>
  one === other || (one.size === other.size && nameOf(one) !== null && nameOf(one) === nameOf(other));

export function createUploads(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  images: Images,
  thumbs: Thumbs,
  details: Pick<DetailsSlice, "adopt" | "drop">,
  notices: NoticesSlice,
  previews: Previews,
) {
  const list = signal<Upload[]>([]);
  const moving = computed(() => list.value.filter((upload) => upload.state !== "refused"));
  const refused = computed(() => list.value.filter((upload) => upload.state === "refused"));
  const most = () => session.capabilities.value?.limits.maxPictures ?? 20;
  const room = computed(() => Math.max(0, most() - images.all.value.length));
  let lastKey = 0;
  /** Of what came together: the images by the place the file had. */
  let batch: { key: number; id: string }[] = [];
  /** How many of them were here already, and the last of those. */
  let again = 0;
  let repeated = "";
  /** What had no room, and did not come again since. */
  const leftOut = signal<readonly Blob[]>([]);
  const fitsNow = computed(() => leftOut.value.length <= room.value);

  // Once there is room for all of them, they are offered.
  effect(() => {
    const files = leftOut.value;
    if (files.length === 0) return;
    const action = { label: words.addNow(files.length), run: () => add(files, true) };
    const said = fitsNow.value
      ? untracked(() => notices.say(words.roomNow(files.length), "bad", action))
      : untracked(() => notices.say(words.bad.full(most(), files.length), "bad"));
    return () => notices.dismiss(said);
  });

  // What a lost connection kept out is sent again once there is one; only once, in case the file itself is what breaks it.
  const retried = new Set<number>();
  effect(() => {
    if (!session.connected.value) return;
    for (const { key, problem } of refused.peek())
      if (problem?.status === 0 && !retried.has(key)) untracked(() => retry(key));
  });

  function change(key: number, news: Partial<Upload>) {
    list.value = list.value.map((upload) => (upload.key === key ? { ...upload, ...news } : upload));
  }

  function dismiss(key: number) {
    const gone = list.value.find((upload) => upload.key === key);
    // The small image of the server takes its place; until then the tile shows the file.
    if (gone) {
      clock.after(PREVIEW_MS, () => previews.drop(gone.preview));
      details.drop(gone.localId);
    }
    list.value = list.value.filter((upload) => upload.key !== key);
  }

  /** `show`: select the first of them once it is in; not while the user is typing elsewhere. */
  function add(files: readonly Blob[], show: boolean) {
    const fitting = files.slice(0, room.value);
    const now = clock.now();
    const before = new Set(images.all.value.map(({ id }) => id));
    const arrivals = fitting.map((file) => {
      const image = localImage(++lastKey, now, file.type, file.size);
      const upload: Upload = {
        key: lastKey,
        localId: image.id,
        file,
        name: nameOf(file) ?? words.unnamed,
        preview: previews.make(file),
        state: "waiting",
        share: 0,
        problem: null,
        before,
      };
      if (DRAWN.test(file.type)) thumbs.show(image.id, upload.preview);
      return { upload, image };
    });
    list.value = [...list.value, ...arrivals.map(({ upload }) => upload)];
    images.showLocal(arrivals.map(({ image }) => image));
    const stillOut = leftOut.value.filter((left) => !files.some((file) => isSame(file, left)));
    leftOut.value = [...stillOut, ...files.slice(fitting.length)];
    if (show) images.selectAll(arrivals.map(({ image }) => image.id));
    pump();
  }

  function pump() {
    const busy = list.value.filter((upload) => upload.state === "sending").length;
    const next = list.value.filter((upload) => upload.state === "waiting").slice(0, AT_ONCE - busy);
    for (const upload of next) void send(upload);
  }

  async function send(upload: Upload) {
    change(upload.key, { state: "sending", share: 0, problem: null });
    try {
      refuseHopeless(upload.file);
      const added = await gateway.addImage(upload.file, (share) => change(upload.key, { share }));
      const { image } = added;
      const alreadyHere = added.alreadyHere && !isOurs(upload, image.id);
      if (!alreadyHere) batch.push({ key: upload.key, id: image.id });
      arrived(upload, image, alreadyHere);
      dismiss(upload.key);
    } catch (cause) {
      images.forget(upload.localId);
      const problem = asProblem(cause);
      // A file that can't be read looks like a network that is gone.
      const unread = problem.status === 0 && !(await isReadable(upload.file));
      change(upload.key, { state: "refused", problem: unread ? unreadable() : session.note(problem) });
    }
    pump();
    if (moving.value.length === 0) void settle();
  }

  /** Came with an attempt of its own whose answer was lost, not as another file with the same bytes. */
  const isOurs = ({ key, before }: Upload, id: string) =>
    retried.has(key) && !before.has(id) && !batch.some((other) => other.id === id);

  /** Three are sent at once and overtake each other; this puts them in the order they were chosen. */
  async function settle() {
    const chosen = batch.toSorted((a, b) => a.key - b.key).map((one) => one.id);
    batch = [];
    if (again === 1) notices.say(words.alreadyHere(images.numberOf(repeated)));
    if (again > 1) notices.say(words.severalHere(again));
    again = 0;
    await images.refresh();
    await images.sortAmong(chosen);
  }

  function arrived(upload: Upload, image: Image, alreadyHere: boolean) {
    if (DRAWN.test(upload.file.type) && !alreadyHere) thumbs.show(image.id, upload.preview);
    images.adopt(upload.localId, image, !alreadyHere);
    if (!alreadyHere) details.adopt(upload.localId, image.id);
    else {
      details.drop(upload.localId);
      again += 1;
      repeated = image.id;
    }
  }

  /** Saves the wait for an answer that is certain; the server says the same. */
  function refuseHopeless(file: Blob) {
    const most = session.capabilities.value?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    if (file.size <= most) return;
    throw tooLarge(file.size, most);
  }

  function retry(key: number) {
    const upload = list.value.find((one) => one.key === key);
    if (!upload) return;
    retried.add(key);
    images.showLocal([localImage(key, clock.now(), upload.file.type, upload.file.size)]);
    change(key, { state: "waiting" });
    pump();
  }

  /** How far a photo that isn't here yet has come; null for one that is. */
  const arriving = (id: string) => moving.value.find(({ localId }) => localId === id) ?? null;

  async function addExample(example: Example) {
    try {
      add([await gateway.example(example.url)], true);
    } catch (cause) {
      const again = { label: words.tryAgain, run: () => void addExample(example) };
      notices.fail("", session.note(asProblem(cause)), again);
    }
  }

  return { list, moving, refused, room, arriving, add, addExample, dismiss, retry };
}

/** A file that was moved, or that a cloud folder took back, can be chosen but not read. */
const isReadable = (file: Blob) =>
  file.arrayBuffer().then(
    () => true,
    () => false,
  );

const unreadable = () => new ApiProblem(422, { title: words.unreadable, detail: words.bad.unreadable });

const tooLarge = (size: number, most: number) =>
  new ApiProblem(413, {
    title: words.tooLarge,
    detail: words.bad.tooLarge(megabytes(size), megabytes(most)),
  });

export type Uploads = ReturnType<typeof createUploads>;
