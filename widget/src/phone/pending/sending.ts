// Sends what the clinician wants sent, one image after the other, as often as it takes. The server knows bytes it has already.
import { signal } from "@preact/signals";
import { ApiProblem, asProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import type { Clock } from "../../shared/clock";
import { megabytes } from "../../shared/wording";
import type { PhoneGateway } from "../gateway";
import type { Link } from "../link/link";
import { locale } from "../locale";
import type { SentImages } from "../sent/sent";
import type { BodyPlace, PendingImage } from "../types";
import type { Pending } from "./pending";

const words = locale.pending;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;

export function createSending(
  gateway: PhoneGateway,
  clock: Clock,
  link: Link,
  pending: Pending,
  sentImages: SentImages,
) {
  /** A session holds only so many images, and this one is full. */
  const full = signal(false);
  /** How many images this page delivered; some may be filed or removed by now. */
  const delivered = signal(0);
  /** Why the last try did not get through; null once one has. */
  const problem = signal<ApiProblem | null>(null);
  let running = false;
  let wait = FIRST_WAIT_MS;
  let rest: (() => void) | null = null;

  /** All that is here, and what was chosen and is still coming in; or only these. */
  async function send(keys?: string[]) {
    if (!keys) pending.wantComing();
    const chosen = pending.images
      .peek()
      .filter((pendingImage) => !pendingImage.wanted && (!keys || keys.includes(pendingImage.key)));
    for (const pendingImage of chosen) await pending.record(pendingImage.key, { wanted: true });
    wake();
  }

  /** Starts at once instead of resting: the network is back, the page is visible again, or there is something new. */
  function wake() {
    wait = FIRST_WAIT_MS;
    rest?.();
    void run();
  }

  const next = () =>
    pending.images
      .peek()
      .find(
        (pendingImage) =>
          pendingImage.wanted && pendingImage.stage !== "raw" && pendingImage.state === "waiting",
      );

  async function run() {
    if (running) return;
    running = true;
    try {
      for (;;) {
        if (!link.open.peek()) return;
        const pendingImage = next();
        if (pendingImage) await attempt(pendingImage);
        else if (pending.moving.peek().length === 0) return;
        // The rest is still being made ready.
        else await pending.prepare();
      }
    } finally {
      running = false;
    }
  }

  async function attempt(pendingImage: PendingImage) {
    pending.show(pendingImage.key, { state: "sending", share: 0, refusal: null });
    try {
      await deliver(pendingImage);
      wait = FIRST_WAIT_MS;
      problem.value = null;
    } catch (cause) {
      const reason = link.note(asProblem(cause));
      problem.value = reason.temporary ? reason : null;
      if (reason.temporary) return pause(pendingImage.key, reason);
      // A cut link is no verdict on the image: it waits for a code of the same patient.
      if (!link.open.peek()) return pending.show(pendingImage.key, { state: "waiting" });
      refuse(pendingImage.key, reason);
    }
  }

  async function deliver(pendingImage: PendingImage) {
    if (pendingImage.stage !== "landed") {
      const body = await pending.bytes(pendingImage.key);
      if (!body) return missing(pendingImage.key);
      refuseHopeless(body);
      const { image } = await gateway.add(body, (share) => pending.show(pendingImage.key, { share }));
      link.connected.value = true;
      full.value = false;
      sentImages.receive(image);
      // From here on the server has it: the bytes go, even if what follows takes another try.
      await pending.record(pendingImage.key, { stage: "landed", imageId: image.id }, { body: null });
    }
    const landed = pending.one(pendingImage.key);
    if (landed) await sendPlace(landed);
    await pending.remove(pendingImage.key);
    delivered.value += 1;
  }

  /** Another page on this phone destroyed it, because it belongs to another session; or the browser cleared its storage. */
  async function missing(key: string) {
    await link.check();
    if (link.open.peek()) refuse(key, gone());
    else await pending.forgetRemoved();
  }

  /** Details entered on the desktop in the meantime are not overwritten. */
  async function sendPlace(pendingImage: PendingImage) {
    const image = sentImages.one(pendingImage.imageId ?? "");
    const news = unsentPlace(pendingImage.place, image);
    if (!pendingImage.imageId || Object.keys(news).length === 0) return;
    try {
      sentImages.receive(await gateway.describe(pendingImage.imageId, news));
    } catch (cause) {
      const reason = link.note(asProblem(cause));
      // Filed or removed on the desktop in the meantime: there is nothing left to describe.
      if (reason.temporary || !link.open.peek()) throw reason;
    }
  }

  async function pause(key: string, { retryAfter }: ApiProblem) {
    pending.show(key, { state: "waiting", share: 0 });
    const asked = retryAfter === null ? wait : retryAfter * 1_000;
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    await new Promise<void>((resume) => {
      const cancel = clock.after(asked, resume);
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
    pending.show(key, { state: "waiting", refusal: null });
    wake();
  }

  return { full, delivered, problem, send, wake, again };
}

const gone = () =>
  new ApiProblem(410, {
    type: "picture-gone",
    title: words.gone,
    detail: words.bad.gone,
  });

const tooLarge = (size: number, most: number) =>
  new ApiProblem(413, {
    type: "picture-too-large",
    title: words.tooLarge,
    detail: words.bad.tooLarge(megabytes(size), megabytes(most)),
  });

function unsentPlace(place: BodyPlace, image: Image | null): Partial<BodyPlace> {
  const news: Partial<BodyPlace> = {};
  if (place.bodySite && !image?.bodySite) news.bodySite = place.bodySite;
  // A side belongs to its site: it never goes to one that was chosen elsewhere.
  if (place.laterality && !image?.laterality && !image?.bodySite) news.laterality = place.laterality;
  return news;
}

export type Sending = ReturnType<typeof createSending>;
