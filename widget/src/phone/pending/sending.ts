// Sends what the clinician wants sent, one image after the other, as often as it takes. The server knows bytes it has already.
import { computed, signal } from "@preact/signals";
import { ApiProblem, asProblem } from "../../api/problem";
import type { Details, Image } from "../../api/types";
import type { Clock } from "../../shared/clock";
import { megabytes } from "../../shared/wording";
import type { PhoneGateway } from "../gateway";
import type { Link } from "../link/link";
import { locale } from "../locale";
import type { SentImages } from "../sent/sent";
import type { PendingImage } from "../types";
import type { Pending } from "./pending";

const words = locale.pending;

const FIRST_WAIT_MS = 1_000;
/** So often a photo may fail to go out while the server can be reached. */
const MOST_STUMBLES = 5;
const LONGEST_WAIT_MS = 20_000;

export function createSending(
  gateway: PhoneGateway,
  clock: Clock,
  link: Link,
  pending: Pending,
  sentImages: SentImages,
  /** Opens the page again, once; what is stored comes back with it. */
  reopen: () => void,
  savesData: () => boolean,
) {
  /** A session holds only so many images, and this one is full. */
  const full = signal(false);
  /** How many images this page delivered; some may be filed or removed by now. */
  const delivered = signal(0);
  /** Why the last try did not get through; null once one has. */
  const problem = signal<ApiProblem | null>(null);
  /** Refused images that may be let in if they are sent again. */
  const retriable = computed(() => pending.images.value.filter(({ refusal }) => refusal?.again));
  let running = false;
  let wait = FIRST_WAIT_MS;
  let rest: (() => void) | null = null;

  /** All that is here, and what was chosen and is still coming in; or only these. */
  async function send(keys?: string[]) {
    if (!keys) pending.wantComing();
    await pending.want(keys);
    wake();
  }

  /** Starts at once instead of resting: the network is back, the page is visible again, or there is something new. */
  function wake() {
    wait = FIRST_WAIT_MS;
    rest?.();
    void run();
  }

  /** What failed for a reason of its own goes behind the others. */
  const next = () =>
    pending.moving
      .peek()
      .filter(({ stage, state }) => stage !== "raw" && state === "waiting")
      .reduce<PendingImage | undefined>(
        (first, image) => (first && first.stumbles <= image.stumbles ? first : image),
        undefined,
      );

  async function run() {
    if (running) return;
    running = true;
    try {
      while (link.open.peek()) {
        const pendingImage = next();
        if (pendingImage) {
          await attempt(pendingImage);
          continue;
        }
        if (pending.moving.peek().length === 0) {
          const [first] = pending.behind.peek();
          if (!first) return;
          await follow(first);
          continue;
        }
        // The rest is still being made ready.
        await pending.prepare();
        if (!next() && pending.moving.peek().length > 0) await pause(null);
      }
    } finally {
      running = false;
    }
  }

  async function attempt({ key, ...pendingImage }: PendingImage) {
    pending.show(key, { state: "sending", share: 0, refusal: null });
    try {
      await deliver({ key, ...pendingImage });
      wait = FIRST_WAIT_MS;
      problem.value = null;
    } catch (cause) {
      pending.show(key, { state: "waiting", share: 0 });
      if (!(cause instanceof ApiProblem)) return unreadable(key);
      // A file that can't be read looks like a network that is gone; only the server can say which it is.
      if (cause.status === 0 && (await link.check())) return stumble(key);
      const reason = link.note(cause);
      problem.value = reason.temporary ? reason : null;
      if (reason.temporary) return pause(reason.retryAfter);
      // A cut link is no verdict on the image: it waits for a code of the same patient.
      if (link.open.peek()) refuse(key, reason);
    }
  }

  /** The browser's storage failed, not the network. */
  async function unreadable(key: string) {
    pending.stumble(key, MOST_STUMBLES);
    if ((pending.one(key)?.stumbles ?? 0) > 1) reopen();
    await pause(null);
  }

  async function stumble(key: string) {
    pending.stumble(key, MOST_STUMBLES);
    await pause(null);
  }

  async function deliver(pendingImage: PendingImage) {
    if (pendingImage.stage !== "landed") {
      const body = await pending.bytes(pendingImage.key);
      if (!body) return missing(pendingImage.key);
      refuseHopeless(body);
      const { image } = await gateway.add(body, pendingImage.takenAt, (share) =>
        pending.show(pendingImage.key, { share }),
      );
      link.connected.value = true;
      full.value = false;
      sentImages.receive(image);
      // From here on the server has it: the bytes go, even if what follows takes another try.
      await pending.record(pendingImage.key, { stage: "landed", imageId: image.id }, { body: null });
    }
    const landed = pending.one(pendingImage.key);
    if (landed) await sendDetails(landed);
    if (!(await hasOriginal(pendingImage.key))) await pending.remove(pendingImage.key);
    else {
      pending.show(pendingImage.key, { state: "waiting", share: 0 });
      await pending.record(pendingImage.key, { stage: "behind" });
    }
    delivered.value += 1;
  }

  /** Where somebody pays for each megabyte, the small copy has to do. */
  const hasOriginal = async (key: string) =>
    !savesData() && (await pending.original(key).catch(() => null)) !== null;

  /** Sends an original behind its copy. Whatever the server says of it, the copy is on the desktop. */
  async function follow({ key, imageId }: PendingImage) {
    try {
      const original = await pending.original(key).catch(() => null);
      if (original && imageId) sentImages.receive(await gateway.addOriginal(imageId, original));
    } catch (cause) {
      const reason = link.note(asProblem(cause));
      if (reason.temporary) return pause(reason.retryAfter);
    }
    await pending.remove(key);
  }

  /** Another page on this phone destroyed it, because it belongs to another session; or the browser cleared its storage. */
  async function missing(key: string) {
    await link.check();
    if (link.open.peek()) refuse(key, gone());
    else await pending.forgetRemoved();
  }

  /** Details entered on the desktop in the meantime are not overwritten. */
  async function sendDetails(pendingImage: PendingImage): Promise<void> {
    const image = sentImages.one(pendingImage.imageId ?? "");
    const news = unsentDetails(pendingImage, image);
    if (!pendingImage.imageId || Object.keys(news).length === 0) return;
    try {
      sentImages.receive(await gateway.describe(pendingImage.imageId, news));
    } catch (cause) {
      const reason = link.note(asProblem(cause));
      if (reason.temporary || !link.open.peek()) throw reason;
      // A side that can't be had here must not take the site with it.
      if (reason.status === 422 && news.laterality) {
        return sendDetails({ ...pendingImage, place: { ...pendingImage.place, laterality: null } });
      }
      // Filed or removed on the desktop in the meantime: there is nothing left to describe.
    }
  }

  /** Seconds that the server asked for, or somewhat longer each time. */
  async function pause(asked: number | null) {
    const ms = asked === null ? wait : asked * 1_000;
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    await new Promise<void>((resume) => {
      const cancel = clock.after(ms, resume);
      rest = () => {
        cancel();
        resume();
      };
    });
    rest = null;
  }

  function refuse(key: string, { slug, title, detail, reference }: ApiProblem) {
    if (slug === "too-many-pictures") full.value = true;
    pending.show(key, {
      state: "refused",
      refusal: { title, detail, reference, again: slug === "too-many-pictures" || slug === "" },
    });
  }

  /** Saves the minutes that sending it would take, for an answer that is certain. */
  function refuseHopeless(body: Blob) {
    const most = link.capabilities.peek()?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    if (body.size <= most) return;
    throw tooLarge(body.size, most);
  }

  function again(key: string) {
    pending.retry(key);
    wake();
  }

  function againAll() {
    for (const { key } of retriable.peek()) pending.retry(key);
    wake();
  }

  return { full, delivered, problem, retriable, send, wake, again, againAll };
}

const gone = () =>
  new ApiProblem(410, {
    type: "picture-gone",
    title: words.refusedBecause.gone,
    detail: words.bad.gone,
  });

const tooLarge = (size: number, most: number) =>
  new ApiProblem(413, {
    type: "picture-too-large",
    title: words.refusedBecause.tooLarge,
    detail: words.bad.tooLarge(megabytes(size), megabytes(most)),
  });

type Told = Partial<Pick<Details, "bodySite" | "laterality" | "view">>;

function unsentDetails({ place, view }: PendingImage, image: Image | null): Told {
  const news: Told = {};
  if (place.bodySite && !image?.bodySite) news.bodySite = place.bodySite;
  // A side belongs to its site: it never goes to one that was chosen elsewhere.
  if (place.laterality && !image?.laterality && !image?.bodySite) news.laterality = place.laterality;
  if (view && !image?.view) news.view = view;
  return news;
}

export type Sending = ReturnType<typeof createSending>;
