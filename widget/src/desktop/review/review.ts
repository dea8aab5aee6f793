// What is about to be filed: which images, what will be written of each, and what goes with them.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem, type Trouble } from "../../api/problem";
import type { FittedFile, Image, Routing, Target } from "../../api/types";
import type { DetailsSlice } from "../details/details";
import { filedEnding } from "../details/recordLine";
import type { Images } from "../images/images";
import type { SessionSlice } from "../session/session";
import { hurdleWords } from "./hurdles.locale";

const words = hurdleWords;

export type FollowUpDraft = { on: boolean; to: string; due: string; note: string };

const EMPTY: FollowUpDraft = { on: false, to: "", due: "", note: "" };

export function createReview(gateway: Gateway, session: SessionSlice, images: Images, details: DetailsSlice) {
  const shown = signal<readonly string[]>([]);
  const left = signal<ReadonlySet<string>>(new Set());
  const fits = signal<ReadonlyMap<string, FittedFile[] | Trouble>>(new Map());
  const message = signal<FollowUpDraft>(EMPTY);
  const task = signal<FollowUpDraft>(EMPTY);

  /** The one that is looked at closely, over the review. */
  const looked = signal<string | null>(null);
  const lookAt = (id: string | null) => {
    looked.value = id;
  };

  const listed = computed(() =>
    images.staged.value.filter((image) => shown.value.includes(image.id)).map(details.described),
  );
  const chosen = computed(() => listed.value.filter((image) => !left.value.has(image.id)));

  /** The title as it will be filed; one that the patient has already, of an earlier filing, gets a number more. */
  function filedTitle(image: Image): string {
    const ids = chosen.value.map(({ id }) => id);
    const at = ids.indexOf(image.id);
    return at < 0 ? image.title : `${image.title}${filedEnding(image.takenAt, at + 1, ids.length)}`;
  }

  /** The original of an image, if it is in the review too. */
  const originalOf = (image: Image) => listed.value.find((other) => other.id === image.derivedFrom);
  const isOriginal = (image: Image) => listed.value.some((other) => other.derivedFrom === image.id);

  /** Shows these; an original beside its edited copy is left out until it is ticked. */
  function open(ids: readonly string[]) {
    shown.value = ids;
    left.value = new Set(listed.value.filter(isOriginal).map((image) => image.id));
    message.value = EMPTY;
    task.value = EMPTY;
    void fitAll();
  }

  function toggle(id: string) {
    const next = new Set(left.value);
    if (!next.delete(id)) next.add(id);
    left.value = next;
  }

  async function fitAll() {
    for (const { id } of listed.value) {
      if (Array.isArray(fits.value.get(id))) continue;
      let found: FittedFile[] | Trouble;
      try {
        found = await gateway.fit(id);
      } catch (cause) {
        const { temporary, detail, reference } = session.note(asProblem(cause));
        const text = temporary ? words.sizeUnknown : detail;
        found = { text, reference };
      }
      fits.value = new Map(fits.value).set(id, found);
    }
  }

  /** Targets that Medtech has certainly not permitted. */
  const refused = computed((): { target: Target; reason: string }[] => {
    const able = session.capabilities.value;
    if (!able) return [];
    const wanted: Target[] = able.commitTarget === "both" ? ["scan", "media"] : [able.commitTarget];
    return wanted.flatMap((target) => {
      const offer = able.targets[target];
      return offer && !offer.available && offer.certain ? [{ target, reason: offer.reason }] : [];
    });
  });

  /** What still keeps these from being filed, in words. */
  const hurdle = computed((): string => {
    const most = session.capabilities.value?.limits.maxPerCommit ?? 10;
    if (listed.value.length === 0) return words.hurdles.elsewhere;
    if (chosen.value.length === 0) return words.hurdles.none;
    if (message.value.on && !message.value.to) return words.hurdles.messageTo;
    if (task.value.on && !task.value.to) return words.hurdles.taskFor;
    if ((message.value.on || task.value.on) && chosen.value.length > most) return words.hurdles.tooMany(most);
    return "";
  });

  function routing(): Routing {
    const [to, follow] = [message.value, task.value];
    return {
      ...(to.on && { inbox: { recipientId: to.to, note: to.note.trim() } }),
      ...(follow.on && {
        task: { assigneeId: follow.to, note: follow.note.trim(), ...(follow.due && { due: follow.due }) },
      }),
    };
  }

  const change = (which: "message" | "task", news: Partial<FollowUpDraft>) => {
    const draft = which === "message" ? message : task;
    draft.value = { ...draft.value, ...news };
  };

  /** A task is usually for the clinician who files the photos. */
  function turn(which: "message" | "task", on: boolean) {
    const us = session.session.value?.provider.id ?? "";
    const known = session.capabilities.value?.recipients.some(({ id }) => id === us);
    change(which, { on, ...(which === "task" && on && known && !task.value.to && { to: us }) });
  }

  return {
    listed,
    chosen,
    filedTitle,
    left,
    fits,
    message,
    task,
    refused,
    hurdle,
    originalOf,
    looked,
    lookAt,
    open,
    toggle,
    change,
    turn,
    routing,
  };
}

export type ReviewSlice = ReturnType<typeof createReview>;
