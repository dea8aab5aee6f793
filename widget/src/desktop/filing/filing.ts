// From review to receipt: files once however often the button is pressed, and says what became of each picture.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { CommitError, Image, Routing, UnverifiedAnswer } from "../../api/types";
import type { Clock, Memory } from "../../shared/clock";
import type { DetailsSlice } from "../details/details";
import type { Pictures } from "../images/images";
import type { Notices } from "../notices/notices";
import type { Referrals } from "../referral/referrals";
import type { Review } from "../review/review";
import type { SessionSlice } from "../session/session";
import { createCommits } from "./commits";
import { createSteps, type FiledStep } from "./followUps";
import { createKeys } from "./idempotencyKeys";

export type Step = "closed" | "review" | "progress";

export type Filed = {
  image: Image;
  error: CommitError | null;
  /** When Medtech took it, ISO 8601. */
  at: string | null;
  title: string;
};

const POLL_MS = 3_000;
/** A copy for the referral is fetched before its picture is filed; a slow one must not hold up filing for longer. */
const COPIES_MS = 5_000;

export const inProgress = (image: Image) => image.state === "queued" || image.state === "sending";

type Parts = {
  gateway: Gateway;
  clock: Clock;
  session: SessionSlice;
  pictures: Pictures;
  details: DetailsSlice;
  notices: Notices;
  memory: Memory;
  newKey: () => string;
  review: Review;
  referrals: Referrals;
};

export function createFiling(parts: Parts) {
  const { gateway, clock, session, pictures, details, notices, memory, newKey, referrals } = parts;
  const keys = createKeys(memory, newKey);
  const commits = createCommits(gateway, session, pictures, memory);
  const step = signal<Step>("closed");
  const shown = signal<readonly string[]>([]);
  const asking = signal(false);
  const problem = signal<ApiProblem | null>(null);

  const missing = computed(() => pictures.staged.value.filter((image) => !details.described(image).bodySite));
  const { steps, troubled, isMoving } = createSteps(commits, shown);
  const handedOver = computed(() => pictures.all.value.filter((image) => image.state !== "staged"));
  const rows = computed(() =>
    handedOver.value
      .filter((image) => shown.value.includes(image.id))
      .map((image): Filed => {
        const told = commits.latestOf(image.id)?.images.find((one) => one.imageId === image.id);
        const at = told?.committedAt ?? image.committedAt ?? null;
        return { image, error: told?.error ?? null, at, title: told?.title || image.title };
      }),
  );

  /** Opens the review, once everything said about the pictures is saved. */
  async function review() {
    const first = missing.value[0];
    if (first) return pictures.select(first.id);
    if (!(await details.saveAll())) {
      const first = pictures.all.value.find((image) => details.drafts.value.has(image.id));
      notices.say(
        "Some details are not saved yet. Look for the red note beside the picture, then file.",
        "bad",
        first && { label: "Show it", run: () => pictures.select(first.id) },
      );
      return;
    }
    problem.value = null;
    parts.review.open(pictures.staged.value.map((image) => image.id));
    const { images } = parts.review;
    step.value = images.value.length ? "review" : "closed";
    void session.askAgain();
    void referrals.gather(images.value.map((image) => image.id));
  }

  async function confirm() {
    if (asking.value || parts.review.hurdle.value) return;
    asking.value = true;
    problem.value = null;
    const most = session.capabilities.value?.limits.maxPerCommit ?? 10;
    const waiting = parts.review.chosen.value.map((image) => image.id);
    const routing = parts.review.routing();
    try {
      await copiesFetched();
      for (let start = 0; start < waiting.length; start += most) {
        const portion = waiting.slice(start, start + most);
        await post(portion, routing);
        shown.value = start === 0 ? portion : [...shown.value, ...portion];
        step.value = "progress";
      }
    } catch (cause) {
      notGone(session.note(asProblem(cause)));
    }
    asking.value = false;
    watch();
  }

  const copiesFetched = () =>
    Promise.race([referrals.ready(), new Promise<void>((enough) => clock.after(COPIES_MS, enough))]);

  async function post(ids: string[], routing: Routing = {}) {
    commits.receive(await keys.using(ids, routing, (key) => gateway.file(ids, routing, key)));
  }

  function notGone(reason: ApiProblem) {
    problem.value = reason;
    if (step.value === "progress") {
      const rest = { label: "Review the rest", run: () => void review() };
      notices.fail("Some pictures were not handed over.", reason, rest);
    }
    if (!reason.temporary) void pictures.refresh();
    const named = reason.images[0];
    if (named) pictures.select(named);
  }

  let stopWatching: (() => void) | null = null;

  /** Belt and braces beside the events: asks while anything is on its way. */
  function watch() {
    stopWatching?.();
    stopWatching = null;
    const moving = handedOver.value.filter(inProgress);
    const following = steps.value.filter((one) => isMoving(one)).map((one) => one.commitId);
    if (!moving.length && !following.length) return;
    stopWatching = clock.after(POLL_MS, async () => {
      if (moving.length) await commits.ask(handedOver.value.filter(inProgress));
      else for (const id of new Set(following)) await commits.askOne(id);
      watch();
    });
  }

  async function again(act: () => Promise<unknown>) {
    if (asking.value) return;
    asking.value = true;
    problem.value = null;
    try {
      await act();
    } catch (cause) {
      problem.value = session.note(asProblem(cause));
    }
    asking.value = false;
    watch();
  }

  const retry = () =>
    again(async () => {
      const failed = rows.value.filter((row) => row.image.state === "failed").map((row) => row.image.id);
      const also = steps.value.filter((one) => one.state === "failed").map((one) => one.commitId);
      const stray = await commits.retry(failed, also);
      if (stray.length) await post(stray);
    });

  const resolve = (id: string, answer: UnverifiedAnswer) => again(() => commits.resolve(id, answer));

  const resolveStep = (one: FiledStep, answer: UnverifiedAnswer) =>
    again(() => commits.resolveStep(one.commitId, one.step, answer));

  /** After a reload: finds what was on its way before. */
  async function recall() {
    await commits.recall();
    watch();
  }

  function showReceipt() {
    shown.value = handedOver.value.map((image) => image.id);
    problem.value = null;
    step.value = "progress";
  }

  const close = () => {
    step.value = "closed";
  };

  return {
    step,
    asking,
    problem,
    missing,
    handedOver,
    rows,
    steps,
    troubled,
    isMoving,
    review,
    confirm,
    retry,
    resolve,
    resolveStep,
    recall,
    watch,
    showReceipt,
    close,
    receive: commits.receive,
  };
}

export type Filing = ReturnType<typeof createFiling>;
