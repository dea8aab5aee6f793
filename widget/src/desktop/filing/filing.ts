// From review to receipt: files once however often the button is pressed, and reports the outcome of each image.
import { computed, effect, signal, untracked } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type {
  CommitError,
  CommitImage,
  Image,
  Routing,
  TargetToCheck,
  UnverifiedAnswer,
} from "../../api/types";
import { createIdempotencyKeys } from "../../shared/idempotencyKeys";
import { inProgress } from "../../shared/images/inProgress";
import type { Memory } from "../../shared/storage";
import type { Clock } from "../../shared/time/clock";
import { createPolling } from "../../shared/time/polling";
import type { DetailsSlice } from "../details/details";
import type { Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import { mostPerCommit, type ReviewSlice } from "../review/review";
import type { SessionSlice } from "../session/session";
import { createCommits } from "./commits";
import { createFollowUps, type FollowUp } from "./followUps/followUps";

const words = locale.filing;

export type DialogStep = "closed" | "review" | "progress";

export type Filed = {
  image: Image;
  error: CommitError | null;
  /** When Medtech took it, ISO 8601. */
  at: string | null;
  title: string;
  outcome: (CommitImage & { commitId: string }) | null;
};

const POLL_MS = 2_000;

type Parts = {
  gateway: Gateway;
  clock: Clock;
  session: SessionSlice;
  images: Images;
  details: DetailsSlice;
  notices: NoticesSlice;
  memory: Memory;
  newKey: () => string;
  review: ReviewSlice;
};

export function createFiling(parts: Parts) {
  const { gateway, clock, session, images, details, notices, memory, newKey } = parts;
  const keys = createIdempotencyKeys(memory, newKey);
  const commits = createCommits(gateway, session, images, memory);
  const step = signal<DialogStep>("closed");
  const shown = signal<readonly string[]>([]);
  const asking = signal(false);
  const problem = signal<ApiProblem | null>(null);
  /** The images of the last filing that was asked for, until the server has answered. */
  const unanswered = signal<readonly string[]>([]);

  const missing = computed(() =>
    images.staged.value.filter(
      (image) => !details.described(image).bodySite && !images.leftOut.value.has(image.id),
    ),
  );
  /** What can be filed now; the rest stays. */
  const ready = computed(() => images.staged.value.filter((image) => details.described(image).bodySite));
  /** What the review will propose. */
  const proposed = computed(() => parts.review.proposedOf(ready.value));
  const { followUps, troubled, isMoving } = createFollowUps(commits, shown);
  const handedOver = computed(() => images.all.value.filter((image) => image.state !== "staged"));
  const rows = computed(() =>
    handedOver.value
      .filter((image) => shown.value.includes(image.id))
      .map((image): Filed => {
        const known = commits.latestOf(image.id)?.images.find((one) => one.imageId === image.id);
        const at = known?.committedAt ?? image.committedAt ?? null;
        return {
          image,
          error: known?.error ?? null,
          at,
          title: known?.title || image.title,
          outcome: outcomeOf(image.id),
        };
      }),
  );

  let unsaved = 0;
  effect(() => {
    if (details.drafts.value.size === 0) untracked(() => notices.dismiss(unsaved));
  });

  /** Opens the review of what is ready, once everything said about the images is saved. */
  async function review() {
    const first = missing.value[0];
    if (ready.value.length === 0) {
      if (first) images.select(first.id);
      return;
    }
    if (!(await details.saveAll())) {
      const first = images.all.value.find((image) => details.drafts.value.has(image.id));
      unsaved = notices.say(
        words.bad.unsaved,
        "bad",
        first && { label: words.showIt, run: () => images.select(first.id) },
      );
      return;
    }
    // What was said of the page behind is no news here.
    notices.dismissQuiet();
    problem.value = null;
    unanswered.value = [];
    parts.review.open(ready.value.map((image) => image.id));
    const reviewed = parts.review.listed;
    step.value = reviewed.value.length ? "review" : "closed";
    void session.askAgain();
  }

  async function confirm() {
    if (asking.value || parts.review.hurdle.value) return;
    asking.value = true;
    problem.value = null;
    const most = mostPerCommit(session.capabilities.value);
    const waiting = parts.review.chosen.value.map((image) => image.id);
    const routing = parts.review.followUps.routing();
    try {
      for (let start = 0; start < waiting.length; start += most) {
        const portion = waiting.slice(start, start + most);
        unanswered.value = portion;
        await post(portion, routing);
        unanswered.value = [];
        parts.review.followUps.clear();
        shown.value = start === 0 ? portion : [...shown.value, ...portion];
        step.value = "progress";
      }
    } catch (cause) {
      const reason = session.note(asProblem(cause));
      if (unanswered.value.length > 0) notGone(reason);
    }
    asking.value = false;
    watch();
  }

  async function post(ids: string[], routing: Routing = {}) {
    commits.receive(await keys.using(ids, routing, (key) => gateway.file(ids, routing, key)));
  }

  // Only the answer is late or was lost: what became of them is shown, and nobody is asked to press again.
  effect(() => {
    const ids = unanswered.value;
    const over = new Set(handedOver.value.map(({ id }) => id));
    if (step.value !== "review" || ids.length === 0 || !ids.every((id) => over.has(id))) return;
    untracked(() => void goOn(ids));
  });

  async function goOn(ids: readonly string[]) {
    unanswered.value = [];
    problem.value = null;
    shown.value = ids;
    step.value = "progress";
    await recall();
    // What was drafted has gone along, unless it was another window that filed them.
    const commit = commits.latestOf(ids[0] ?? "");
    if (commit?.inbox || commit?.task) parts.review.followUps.clear();
  }

  function notGone(reason: ApiProblem) {
    problem.value = reason;
    if (step.value === "progress") {
      const rest = { label: words.reviewRest, run: () => void review() };
      notices.fail(words.bad.notSubmitted, reason, rest);
    }
    if (!reason.temporary) void images.refresh();
    const named = reason.images[0];
    if (named) images.select(named);
  }

  const moving = () => handedOver.value.filter(inProgress);
  const following = () => followUps.value.filter((one) => isMoving(one)).map((one) => one.commitId);

  const polling = createPolling(clock, POLL_MS, {
    isMoving: () => moving().length > 0 || following().length > 0,
    ask: async () => {
      if (moving().length) await commits.ask(moving());
      else for (const id of new Set(following())) await commits.askOne(id);
    },
  });

  function watch() {
    tick();
    polling.watch();
  }

  /** The time, while a countdown is shown. */
  const now = signal(clock.now());
  let ticking = false;

  function tick() {
    const waits = [...commits.known.value.values()].some((commit) =>
      [...commit.images, commit.inbox, commit.task].some(
        (one) => one?.state === "queued" && one.attempts > 0,
      ),
    );
    now.value = clock.now();
    if (!waits || ticking) return;
    ticking = true;
    clock.after(1000, () => {
      ticking = false;
      tick();
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
      const failed = rows.value
        .filter(({ image }) => image.state === "failed" || image.state === "partly")
        .map((row) => row.image.id);
      const also = followUps.value.filter((one) => one.state === "failed").map((one) => one.commitId);
      const stray = await commits.retry(failed, also);
      if (stray.length) await post(stray);
    });

  /** Sends these again, wherever they are shown. */
  const retryImages = (ids: string[]) =>
    again(async () => {
      shown.value = [...new Set([...shown.value, ...ids])];
      const stray = await commits.retry(ids, []);
      if (stray.length) await post(stray);
    });

  /** What waits for its next try is tried at once. */
  const tryNow = (commitId: string) => again(() => commits.retry([], [commitId]));

  /** What the commit of this image knows of it: its error, and its next try. */
  function outcomeOf(id: string) {
    const commit = commits.latestOf(id);
    const found = commit?.images.find(({ imageId }) => imageId === id);
    return commit && found ? { ...found, commitId: commit.id } : null;
  }

  const resolve = (id: string, answer: UnverifiedAnswer, target?: TargetToCheck) =>
    again(() => commits.resolve(id, answer, target));

  const resolveFollowUp = (one: FollowUp, answer: UnverifiedAnswer) =>
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
    ready,
    proposed,
    now,
    outcomeOf,
    retryImages,
    tryNow,
    handedOver,
    rows,
    followUps,
    troubled,
    isMoving,
    review,
    confirm,
    retry,
    resolve,
    resolveFollowUp,
    recall,
    watch,
    showReceipt,
    close,
    receive: commits.receive,
  };
}

export type Filing = ReturnType<typeof createFiling>;
