// Filing from the phone, where the clinician signed in: a review first, once however often it is pressed, and the outcome of each.
import { computed, signal } from "@preact/signals";
import { ApiProblem, asProblem } from "../../api/problem";
import type {
  Capabilities,
  Commit,
  CommitImage,
  Details,
  FittedFile,
  Image,
  TargetToCheck,
  UnverifiedAnswer,
} from "../../api/types";
import { createFollowUpDrafts } from "../../shared/followUps/drafts";
import { createIdempotencyKeys } from "../../shared/idempotencyKeys";
import { inProgress } from "../../shared/images/inProgress";
import { originalsOf } from "../../shared/images/originals";
import type { Memory } from "../../shared/storage";
import { tooLong } from "../../shared/textLength";
import type { Clock } from "../../shared/time/clock";
import { createPolling } from "../../shared/time/polling";
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

type Texts = Partial<Pick<Details, "label" | "notes">>;

export function createPhoneFiling({ gateway, clock, link, sentImages, memory, newKey }: FilingParts) {
  const keys = createIdempotencyKeys(memory, newKey);
  /** The last answer about each image that was handed over. */
  const outcomes = signal<ReadonlyMap<string, CommitImage & { commitId: string }>>(new Map());
  const commits = signal<ReadonlyMap<string, Commit>>(new Map());
  const as = signal<FilingAs | null>(null);
  /** All lists, and what can go with the photos. */
  const able = signal<Capabilities | null>(null);
  /** What filing will write of each photo; empty where that can't be known. */
  const fits = signal<ReadonlyMap<string, FittedFile[]>>(new Map());
  const followUps = createFollowUpDrafts(clock);
  /** What is typed of each image and not saved: it stays until it is. */
  const typed = signal<ReadonlyMap<string, Texts>>(new Map());
  const asking = signal(false);
  const problem = signal<ApiProblem | null>(null);

  const stateOf = (image: Image) => outcomes.value.get(image.id)?.state ?? image.state;
  const staged = computed(() => sentImages.images.value.filter((image) => stateOf(image) === "staged"));
  const handedOver = computed(() => sentImages.images.value.filter((image) => stateOf(image) !== "staged"));
  /** Originals of copies that were edited on a desktop: the copy is what is filed. */
  const originals = computed(() => {
    const found = originalsOf(sentImages.images.value, sentImages.images.value);
    return staged.value.filter(({ id }) => found.has(id));
  });
  const open = computed(() => staged.value.filter((image) => !originals.value.includes(image)));
  const ready = computed(() => open.value.filter((image) => image.bodySite));
  const failed = computed(() =>
    handedOver.value.filter((image) => ["failed", "partly"].includes(stateOf(image))),
  );

  /** What keeps the photos from being filed, in words. */
  const needs = computed((): string => {
    const long = open.value.map(({ id }) => tooLong(typed.value.get(id) ?? {})).find(Boolean);
    return long || followUps.needs.value;
  });

  function type(id: string, news: Texts) {
    typed.value = new Map(typed.peek()).set(id, { ...typed.peek().get(id), ...news });
  }

  /** Returns why it wasn't saved, or null. */
  async function save(id: string, news: Partial<Details>): Promise<ApiProblem | null> {
    const excess = tooLong(news);
    const problem = excess ? new ApiProblem(422, { detail: excess }) : await sentImages.describe(id, news);
    const left = Object.entries(typed.peek().get(id) ?? {}).filter(
      ([field, text]) => problem || news[field as keyof Texts] !== text,
    );
    typed.value = new Map(typed.peek()).set(id, Object.fromEntries(left));
    return problem;
  }

  async function fitAll() {
    for (const { id } of open.peek()) {
      if (fits.peek().has(id)) continue;
      const found = await gateway.fit(id).catch(() => []);
      fits.value = new Map(fits.peek()).set(id, found);
    }
  }

  function receive(commit: Commit) {
    commits.value = new Map(commits.peek()).set(commit.id, commit);
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
    polling.watch();
  }

  /** Under whose name and where; and what was on its way when the page was opened. */
  const start = () =>
    attempt(async () => {
      [as.value, able.value] = await Promise.all([gateway.filingAs(), gateway.allCapabilities()]);
      await sentImages.refresh();
      void fitAll();
      const known = new Set(sentImages.images.peek().flatMap(({ commitId }) => commitId ?? []));
      for (const id of known) receive(await gateway.commit(id));
    });

  const file = () =>
    attempt(async () => {
      const ids = ready.peek().map(({ id }) => id);
      if (ids.length === 0 || needs.peek()) return;
      const also = followUps.routing();
      receive(await keys.using(ids, also, (key) => gateway.file(ids, also, key)));
      followUps.clear();
    });

  const commitsOf = (images: readonly Image[]) =>
    new Set(images.flatMap(({ id }) => outcomes.peek().get(id)?.commitId ?? []));

  const retry = () =>
    attempt(async () => {
      for (const id of commitsOf(failed.peek())) receive(await gateway.retry(id));
    });

  const resolve = (imageId: string, answer: UnverifiedAnswer, target?: TargetToCheck) =>
    attempt(async () => {
      const commitId = outcomes.peek().get(imageId)?.commitId;
      if (commitId) receive(await gateway.resolve(commitId, imageId, answer, target));
    });

  const moving = () => handedOver.peek().filter((image) => inProgress({ state: stateOf(image) }));

  const polling = createPolling(clock, POLL_MS, {
    isMoving: () => moving().length > 0,
    ask: async () => {
      for (const id of commitsOf(moving()))
        await gateway.commit(id).then(receive, (cause) => link.note(asProblem(cause)));
    },
  });

  return {
    outcomes,
    commits,
    as,
    able,
    fits,
    followUps,
    needs,
    typed,
    type,
    save,
    asking,
    problem,
    open,
    originals,
    ready,
    handedOver,
    failed,
    stateOf,
    start,
    file,
    retry,
    resolve,
    stop: polling.stop,
  };
}

export type PhoneFiling = ReturnType<typeof createPhoneFiling>;
