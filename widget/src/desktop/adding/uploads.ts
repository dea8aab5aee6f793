// Files on their way to the server: at most three at a time, each with its progress or the reason it stayed out.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { ApiProblem, asProblem } from "../../api/problem";
import type { Example, Image } from "../../api/types";
import type { Previews } from "../../shared/previews";
import { megabytes } from "../../shared/wording";
import type { Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.adding;

const AT_ONCE = 3;

export type Upload = {
  key: number;
  file: Blob;
  name: string;
  /** blob: address for the tile. */
  preview: string;
  state: "waiting" | "sending" | "refused";
  /** Share sent, 0 to 1. */
  share: number;
  problem: ApiProblem | null;
};

export function createUploads(
  gateway: Gateway,
  session: SessionSlice,
  images: Images,
  notices: NoticesSlice,
  previews: Previews,
) {
  const list = signal<Upload[]>([]);
  const moving = computed(() => list.value.filter((upload) => upload.state !== "refused"));
  const refused = computed(() => list.value.filter((upload) => upload.state === "refused"));
  const room = computed(() => {
    const limit = session.capabilities.value?.limits.maxPictures ?? 20;
    return Math.max(0, limit - images.all.value.length - moving.value.length);
  });
  let lastKey = 0;
  /** The upload whose image is shown once it is in: the first of what came together. */
  let follow = 0;
  /** Of what came together: the images by the place the file had. */
  let batch: { key: number; id: string }[] = [];

  function change(key: number, news: Partial<Upload>) {
    list.value = list.value.map((upload) => (upload.key === key ? { ...upload, ...news } : upload));
  }

  function dismiss(key: number) {
    const gone = list.value.find((upload) => upload.key === key);
    if (gone) previews.drop(gone.preview);
    list.value = list.value.filter((upload) => upload.key !== key);
  }

  /** `show`: select the first of them once it is in; not while the user is typing elsewhere. */
  function add(files: readonly Blob[], show: boolean) {
    const fitting = files.slice(0, room.value);
    if (fitting.length < files.length) {
      const limit = session.capabilities.value?.limits.maxPictures ?? 20;
      const left = files.length - fitting.length;
      notices.say(words.bad.full(limit, left), "bad");
    }
    const arrivals = fitting.map((file): Upload => {
      const name = file instanceof File ? file.name : words.unnamed;
      const preview = previews.make(file);
      return { key: ++lastKey, file, name, preview, state: "waiting", share: 0, problem: null };
    });
    follow = show ? (arrivals[0]?.key ?? 0) : 0;
    list.value = [...list.value, ...arrivals];
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
      const { image, alreadyHere } = await gateway.addImage(upload.file, (share) =>
        change(upload.key, { share }),
      );
      dismiss(upload.key);
      if (!alreadyHere) batch.push({ key: upload.key, id: image.id });
      arrived(image, alreadyHere, upload.key === follow);
    } catch (cause) {
      change(upload.key, { state: "refused", problem: session.note(asProblem(cause)) });
    }
    pump();
    if (moving.value.length === 0) void settle();
  }

  /** Three are sent at once and overtake each other; this puts them in the order they were chosen. */
  async function settle() {
    const chosen = batch.toSorted((a, b) => a.key - b.key).map((one) => one.id);
    batch = [];
    await images.refresh();
    await images.sortAmong(chosen);
  }

  function arrived(image: Image, alreadyHere: boolean, show: boolean) {
    images.receive(image);
    if (alreadyHere) notices.say(words.alreadyHere(images.numberOf(image.id)));
    if (show) images.select(image.id);
  }

  /** Saves the wait for an answer that is certain; the server says the same. */
  function refuseHopeless(file: Blob) {
    const most = session.capabilities.value?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    if (file.size <= most) return;
    throw tooLarge(file.size, most);
  }

  function retry(key: number) {
    change(key, { state: "waiting" });
    pump();
  }

  async function addExample(example: Example) {
    try {
      add([await gateway.example(example.url)], true);
    } catch (cause) {
      const again = { label: words.tryAgain, run: () => void addExample(example) };
      notices.fail("", session.note(asProblem(cause)), again);
    }
  }

  return { list, moving, refused, room, add, addExample, dismiss, retry };
}

const tooLarge = (size: number, most: number) =>
  new ApiProblem(413, {
    title: words.tooLarge,
    detail: words.bad.tooLarge(megabytes(size), megabytes(most)),
  });

export type Uploads = ReturnType<typeof createUploads>;
