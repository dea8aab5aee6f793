// The details the clinician enters for each image: shown at once, saved in the background, never silently lost.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Concept, Details, Image } from "../../api/types";
import type { Clock } from "../../shared/clock";

import { editable, type Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.details;

const TYPING_MS = 700;
const RETRY_MS = [2_000, 4_000, 8_000, 15_000];

export type Draft = Partial<Details>;
/** `waiting`: no connection, retried automatically. `refused`: the server rejected this change. */
export type Saving = { state: "saving" | "waiting" | "refused"; problem: ApiProblem | null };

const STICKY = ["bodySite", "laterality", "type"] as const;
export const CODED = ["bodySite", "laterality", "view", "type", "consent"] as const;

export function createDetails(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  images: Images,
  notices: NoticesSlice,
) {
  const drafts = signal<ReadonlyMap<string, Draft>>(new Map());
  const saving = signal<ReadonlyMap<string, Saving>>(new Map());
  /** Images whose side is "not applicable"; the record only stores that no side was given. */
  const sideless = signal<ReadonlySet<string>>(new Set());
  /** Images whose body site was entered, in that order. */
  const touched = signal<readonly string[]>([]);
  const timers = new Map<string, () => void>();
  const running = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();

  const without = <T>(map: ReadonlyMap<string, T>, id: string) => {
    const rest = new Map(map);
    rest.delete(id);
    return rest;
  };

  /** The image with its latest details, saved or not. */
  const described = (image: Image): Image => ({ ...image, ...drafts.value.get(image.id) }) as Image;

  const mark = (id: string, state: Saving["state"], problem: ApiProblem | null = null) => {
    saving.value = new Map(saving.value).set(id, { state, problem });
  };

  /** `typing`: wait for a pause, so that a word is one request. */
  function edit(id: string, change: Draft, typing = false) {
    drafts.value = new Map(drafts.value).set(id, { ...drafts.value.get(id), ...change });
    if (change.bodySite) touched.value = [...touched.value.filter((one) => one !== id), id];
    mark(id, "saving");
    schedule(id, typing ? TYPING_MS : 0);
  }

  function schedule(id: string, ms: number) {
    timers.get(id)?.();
    timers.set(
      id,
      clock.after(ms, () => void save(id)),
    );
  }

  function save(id: string): Promise<void> {
    timers.get(id)?.();
    timers.delete(id);
    const now = running.get(id) ?? send(id).finally(() => running.delete(id));
    running.set(id, now);
    return now;
  }

  /** One request at a time per image; changes made in the meantime are sent right after. */
  async function send(id: string): Promise<void> {
    for (let draft = drafts.value.get(id); draft; draft = drafts.value.get(id)) {
      mark(id, "saving");
      try {
        const image = await gateway.describe(id, onWire(draft));
        failures.delete(id);
        images.receive(image);
        settle(id, draft);
      } catch (cause) {
        const problem = session.note(asProblem(cause));
        mark(id, problem.temporary ? "waiting" : "refused", problem);
        if (problem.temporary) retryLater(id);
        return;
      }
    }
    saving.value = without(saving.value, id);
  }

  function retryLater(id: string) {
    const count = failures.get(id) ?? 0;
    failures.set(id, count + 1);
    schedule(id, RETRY_MS[Math.min(count, RETRY_MS.length - 1)] ?? 0);
  }

  function settle(id: string, sent: Draft) {
    const newer = Object.entries(drafts.value.get(id) ?? {}).filter(
      ([field, value]) => sent[field as keyof Draft] !== value,
    );
    drafts.value = newer.length
      ? new Map(drafts.value).set(id, Object.fromEntries(newer))
      : without(drafts.value, id);
  }

  function side(id: string, laterality: Concept | null) {
    const rest = [...sideless.value].filter((other) => other !== id);
    sideless.value = new Set(laterality ? rest : [...rest, id]);
    edit(id, { laterality });
  }

  /** Gives up a refused change and shows what the server has. */
  function discard(id: string) {
    timers.get(id)?.();
    drafts.value = without(drafts.value, id);
    saving.value = without(saving.value, id);
  }

  /** Before filing and before leaving: true when the server has everything. */
  async function saveAll(): Promise<boolean> {
    await Promise.all([...drafts.value.keys()].map(save));
    return drafts.value.size === 0;
  }

  /** The editable images a copy from this one goes to: all others, or those picked with it. */
  function targets(from: Image, which: "all" | "picked"): Image[] {
    const among = which === "all" ? images.all.value : images.picked.value;
    return among.filter((image) => image.id !== from.id && editable(image));
  }

  function copy(from: Image, fields: readonly (keyof Details)[], which: "all" | "picked" = "all") {
    const others = targets(from, which);
    const before = others.map((image) => ({ id: image.id, draft: only(described(image), fields) }));
    const copied = only(described(from), fields);
    for (const image of others) edit(image.id, copied);
    const undo = () => {
      // What went to the record in the meantime stays as it was filed.
      for (const { id, draft } of before)
        if (images.all.value.some((image) => image.id === id && editable(image))) edit(id, draft);
    };
    notices.say(words.copied(others.length), "quiet", {
      label: words.undo,
      run: undo,
    });
  }

  /** The image described last, other than this one, if it is still here. */
  function lastDescribed(than: string): Image | null {
    const id = touched.value.findLast(
      (one) => one !== than && images.all.value.some((image) => image.id === one),
    );
    const image = images.all.value.find((one) => one.id === id);
    return image ? described(image) : null;
  }

  /** Place, side and type as on `before`; view, label and note are each image's own. */
  const sameAs = (image: Image, before: Image) => edit(image.id, only(before, STICKY));

  return {
    drafts,
    saving,
    described,
    edit,
    side,
    sideless,
    save,
    saveAll,
    discard,
    targets,
    copy,
    lastDescribed,
    sameAs,
  };
}

const only = (image: Image, fields: readonly (keyof Details)[]): Draft =>
  Object.fromEntries(fields.map((field) => [field, image[field]]));

/** Codes go out without their words: the server's dictionary has them. */
function onWire(draft: Draft): Draft {
  const bare = ({ system, code }: Concept) => ({ system, code }) as Concept;
  const wire: Draft = { ...draft };
  if (draft.bodySite && "display" in draft.bodySite) wire.bodySite = bare(draft.bodySite);
  if (draft.laterality) wire.laterality = bare(draft.laterality);
  return wire;
}

export type DetailsSlice = ReturnType<typeof createDetails>;
