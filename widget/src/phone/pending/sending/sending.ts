// Sends what the clinician wants sent, one image after the other, as often as it takes. The server knows bytes it has already.
import { computed, effect, signal } from "@preact/signals";
import { ApiProblem, asProblem } from "../../../api/problem";
import type { Clock } from "../../../shared/time/clock";
import type { PhoneGateway } from "../../gateway";
import type { Link } from "../../link/link";
import { locale } from "../../locale";
import type { SentImages } from "../../sent/sent";
import type { PendingImage } from "../../types";
import type { Pending } from "../pending";
import { createDelivery } from "./delivery";

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
  const delivery = createDelivery({ gateway, link, pending, sentImages, savesData });
  /** A session holds only so many images, and this one is full. */
  const full = signal(false);
  /** How many images this page delivered; some may be filed or removed by now. */
  const delivered = signal(0);
  /** Why the last try did not get through; null once one has. */
  const problem = signal<ApiProblem | null>(null);
  /** Refused images that may be let in if they are sent again. */
  const retriable = computed(() => pending.images.value.filter(({ refusal }) => refusal?.again));
  /** The server would not take these before Send is pressed; then it is asked again, and its answer is told. */
  const notAhead = new Set<string>();
  /** What can go out while its taker still looks at it. A session of this phone's own has no desktop to wait for. */
  const early = computed(() =>
    link.own.value || savesData()
      ? []
      : pending.unsent.value.filter(
          ({ key, stage, state }) => stage === "ready" && state === "waiting" && !notAhead.has(key),
        ),
  );
  let running = false;
  let wait = FIRST_WAIT_MS;
  let rest: (() => void) | null = null;
  let following = new AbortController();

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
    if (pending.moving.peek().length > 0) following.abort();
    void run();
  }

  // An original that follows steps back for a new photo, and goes again after it.
  effect(() => {
    if (early.value.length === 0 || !link.open.value) return;
    following.abort();
    queueMicrotask(() => void run());
  });

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
      while (link.open.peek() && (await step()));
    } finally {
      running = false;
    }
  }

  /** The most urgent thing there is to do; false if there is none. */
  async function step(): Promise<boolean> {
    const pendingImage = next();
    const [first] = early.peek();
    const [last] = pending.behind.peek();
    if (pendingImage) await attempt(pendingImage);
    else if (pending.moving.peek().length > 0) {
      // The rest is still being made ready.
      await pending.prepare();
      if (!next() && pending.moving.peek().length > 0) await pause(null);
    } else if (first) await attemptAhead(first);
    else if (last) await follow(last);
    else return false;
    return true;
  }

  async function attempt({ key, ...pendingImage }: PendingImage) {
    pending.show(key, { state: "sending", share: 0, refusal: null });
    try {
      if (!(await delivery.deliver({ key, ...pendingImage }))) return await missing(key);
      full.value = false;
      delivered.value += 1;
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

  /** Whatever goes wrong is told only after Send. */
  async function attemptAhead(image: PendingImage) {
    try {
      await delivery.sendAhead(image);
      if (pending.one(image.key)?.stage === "ready") notAhead.add(image.key);
      wait = FIRST_WAIT_MS;
    } catch (cause) {
      notAhead.add(image.key);
      pending.show(image.key, { share: 0 });
      if (!(cause instanceof ApiProblem) || (cause.status === 0 && (await link.check()))) return;
      const reason = link.note(cause);
      if (!reason.temporary) return;
      await pause(reason.retryAfter);
      notAhead.delete(image.key);
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

  async function follow(image: PendingImage) {
    following = new AbortController();
    const { signal: stop } = following;
    try {
      await delivery.follow(image, stop);
    } catch (cause) {
      if (stop.aborted) return;
      const reason = link.note(asProblem(cause));
      if (reason.temporary) return pause(reason.retryAfter);
    }
    if (!stop.aborted) await pending.remove(image.key);
  }

  /** Another page on this phone sent or removed it, or destroyed it for another patient; or the browser cleared its storage. */
  async function missing(key: string) {
    await link.check();
    pending.forgetFinished();
    if (!pending.one(key)) return;
    if (link.open.peek()) refuse(key, gone());
    else await pending.forgetRemoved();
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

export type Sending = ReturnType<typeof createSending>;
