// From review to receipt: files once however often the button is pressed, and says what became of each picture.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../api";
import { type ApiProblem, asProblem } from "../problem";
import type { Image, UnverifiedAnswer } from "../types";
import type { Clock, Memory } from "./clock";
import { createCommits } from "./commits";
import type { DetailsSlice } from "./details";
import type { Notices } from "./notices";
import type { Pictures } from "./pictures";
import type { SessionSlice } from "./session";

export type Step = "closed" | "review" | "progress";

export type Filed = {
  image: Image;
  error: { title: string; detail: string } | null;
  /** When Medtech took it, ISO 8601. */
  at: string | null;
  title: string;
};

const POLL_MS = 3_000;
const KEYS = "clinicpro.unanswered";

export const inProgress = (image: Image) => image.state === "queued" || image.state === "sending";

export function createFiling(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  pictures: Pictures,
  details: DetailsSlice,
  notices: Notices,
  memory: Memory,
  newKey: () => string,
) {
  const commits = createCommits(gateway, session, pictures, memory);
  const step = signal<Step>("closed");
  const reviewed = signal<readonly string[]>([]);
  const shown = signal<readonly string[]>([]);
  const asking = signal(false);
  const problem = signal<ApiProblem | null>(null);

  const missing = computed(() => pictures.staged.value.filter((image) => !details.described(image).bodySite));
  const handedOver = computed(() => pictures.all.value.filter((image) => image.state !== "staged"));
  const toReview = computed(() =>
    pictures.staged.value.filter((image) => reviewed.value.includes(image.id)).map(details.described),
  );
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
      notices.say(
        "Some details are not saved yet. Look for the red note beside the picture, then file.",
        "bad",
      );
      return;
    }
    problem.value = null;
    reviewed.value = pictures.staged.value.map((image) => image.id);
    step.value = reviewed.value.length ? "review" : "closed";
  }

  async function confirm() {
    if (asking.value) return;
    asking.value = true;
    problem.value = null;
    const most = session.capabilities.value?.limits.maxPerCommit ?? 10;
    const waiting = toReview.value.map((image) => image.id);
    try {
      for (let start = 0; start < waiting.length; start += most) {
        const portion = waiting.slice(start, start + most);
        await post(portion);
        shown.value = start === 0 ? portion : [...shown.value, ...portion];
        step.value = "progress";
      }
    } catch (cause) {
      notGone(session.note(asProblem(cause)));
    }
    asking.value = false;
    watch();
  }

  /** The key stays with this set of pictures until the server has answered, so a resend can't file twice. */
  async function post(ids: string[]) {
    const name = ids.join(" ");
    const keys: Record<string, string> = JSON.parse(memory.getItem(KEYS) ?? "{}");
    keys[name] ??= newKey();
    memory.setItem(KEYS, JSON.stringify(keys));
    let answered = true;
    try {
      commits.receive(await gateway.file(ids, keys[name]));
    } catch (cause) {
      answered = !asProblem(cause).temporary;
      throw cause;
    } finally {
      delete keys[name];
      if (answered) memory.setItem(KEYS, JSON.stringify(keys));
    }
  }

  function notGone(reason: ApiProblem) {
    problem.value = reason;
    if (step.value === "progress") notices.say(`Some pictures were not handed over. ${reason.detail}`, "bad");
    if (!reason.temporary) void pictures.refresh();
    const named = reason.images[0];
    if (named) pictures.select(named);
  }

  let stopWatching: (() => void) | null = null;

  /** Belt and braces beside the events: asks while anything is on its way. */
  function watch() {
    stopWatching?.();
    stopWatching = null;
    if (!handedOver.value.some(inProgress)) return;
    stopWatching = clock.after(POLL_MS, async () => {
      await commits.ask(handedOver.value.filter(inProgress));
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
      const stray = await commits.retry(failed);
      if (stray.length) await post(stray);
    });

  const resolve = (id: string, answer: UnverifiedAnswer) => again(() => commits.resolve(id, answer));

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
    toReview,
    rows,
    review,
    confirm,
    retry,
    resolve,
    recall,
    watch,
    showReceipt,
    close,
    receive: commits.receive,
  };
}

export type Filing = ReturnType<typeof createFiling>;
