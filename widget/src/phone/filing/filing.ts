// Filing from the phone, where the clinician signed in: a review first, once however often it is pressed, and the outcome of each.
import { computed, signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Commit, CommitImage, Image, UnverifiedAnswer } from "../../api/types";
import type { Clock } from "../../shared/clock";
import { createIdempotencyKeys } from "../../shared/idempotencyKeys";
import type { Memory } from "../../shared/storage";
import type { FilingAs, PhoneGateway } from "../gateway";
import type { Link } from "../link/link";
import type { SentImages } from "../sent/sent";

const POLL_MS = 2_000;

export type FilingParts = {
  gateway: PhoneGateway;
  clock: Clock;
  link: Link;
  sentImages: SentImages;
  memory: Memory;
  newKey: () => string;
};

const isMoving = ({ state }: { state: Image["state"] }) => state === "queued" || state === "sending";

export function createPhoneFiling({ gateway, clock, link, sentImages, memory, newKey }: FilingParts) {
  const keys = createIdempotencyKeys(memory, newKey);
  /** The last answer about each image that was handed over. */
  const outcomes = signal<ReadonlyMap<string, CommitImage & { commitId: string }>>(new Map());
  const as = signal<FilingAs | null>(null);
  const asking = signal(false);
  const problem = signal<ApiProblem | null>(null);

  const stateOf = (image: Image) => outcomes.value.get(image.id)?.state ?? image.state;
  const open = computed(() => sentImages.images.value.filter((image) => stateOf(image) === "staged"));
  const ready = computed(() => open.value.filter((image) => image.bodySite));
  const handedOver = computed(() => sentImages.images.value.filter((image) => stateOf(image) !== "staged"));
  const failed = computed(() =>
    handedOver.value.filter((image) => ["failed", "partly"].includes(stateOf(image))),
  );

  function receive(commit: Commit) {
    const news = new Map(outcomes.value);
    for (const image of commit.images) {
      // Filed is final: an answer that overtook another must not take it back.
      if (news.get(image.imageId)?.state !== "committed")
        news.set(image.imageId, { ...image, commitId: commit.id });
    }
    outcomes.value = news;
  }

  async function attempt(act: () => Promise<unknown>) {
    if (asking.value) return;
    asking.value = true;
    problem.value = null;
    try {
      await act();
    } catch (cause) {
      problem.value = link.note(asProblem(cause));
    }
    asking.value = false;
    watch();
  }

  /** Under whose name and where; and what was on its way when the page was opened. */
  const start = () =>
    attempt(async () => {
      as.value = await gateway.filingAs();
      await sentImages.refresh();
      const known = new Set(sentImages.images.peek().flatMap(({ commitId }) => commitId ?? []));
      for (const id of known) receive(await gateway.commit(id));
    });

  const file = () =>
    attempt(async () => {
      const ids = ready.peek().map(({ id }) => id);
      if (ids.length > 0) receive(await keys.using(ids, {}, (key) => gateway.file(ids, key)));
    });

  const commitsOf = (images: readonly Image[]) =>
    new Set(images.flatMap(({ id }) => outcomes.peek().get(id)?.commitId ?? []));

  const retry = () =>
    attempt(async () => {
      for (const id of commitsOf(failed.peek())) receive(await gateway.retry(id));
    });

  const resolve = (imageId: string, answer: UnverifiedAnswer) =>
    attempt(async () => {
      const commitId = outcomes.peek().get(imageId)?.commitId;
      if (commitId) receive(await gateway.resolve(commitId, imageId, answer));
    });

  let stopWatching = () => {};

  function watch() {
    stopWatching();
    const moving = handedOver.peek().filter((image) => isMoving({ state: stateOf(image) }));
    if (moving.length === 0) return;
    stopWatching = clock.after(POLL_MS, async () => {
      for (const id of commitsOf(moving)) {
        await gateway.commit(id).then(receive, (cause) => link.note(asProblem(cause)));
      }
      watch();
    });
  }

  return {
    outcomes,
    as,
    asking,
    problem,
    open,
    ready,
    handedOver,
    failed,
    stateOf,
    start,
    file,
    retry,
    resolve,
    stop: () => stopWatching(),
  };
}

export type PhoneFiling = ReturnType<typeof createPhoneFiling>;
