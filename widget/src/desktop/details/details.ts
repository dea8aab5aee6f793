// The details the clinician enters for each image: shown at once, saved in the background, never silently lost.
import { batch, computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { ApiProblem, asProblem } from "../../api/problem";
import type { BodySite, Concept, Details, Image } from "../../api/types";
import type { PhraseFound } from "../../shared/bodySites/phrase";
import { isMidline } from "../../shared/bodySites/sides";
import { tooLong } from "../../shared/textLength";
import type { Clock } from "../../shared/time/clock";
import type { Undo } from "../commands/undo";
import { editable, type Images } from "../images/images";
import { isLocal } from "../images/local";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";
import { lesionKey, SLOTS, setOf } from "./lesion/lesionSet";
import { LINE_FIELDS, recordLine } from "./recordLine";
import { merge } from "./subjects";

const words = locale.details;

const TYPING_MS = 700;
/** What a press did is painted before it is sent. */
const SOON_MS = 30;
/** Twenty photos changed at once are saved in turn, so that the next press needn't wait for all of them. */
const BETWEEN_MS = 40;
const RETRY_MS = [2_000, 4_000, 8_000, 15_000];

export type Draft = Partial<Details>;
/** `waiting`: no connection, retried automatically. `refused`: the server rejected this change. */
export type Saving = { state: "saving" | "waiting" | "refused"; problem: ApiProblem | null };

const STICKY = ["bodySite", "laterality", "type", "label"] as const;
export const CODED = ["bodySite", "laterality", "view", "type", "consent"] as const;

export function createDetails(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  images: Images,
  notices: NoticesSlice,
  undo: Undo,
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
  function described(image: Image): Image {
    const draft = drafts.value.get(image.id);
    if (!draft) return image;
    const now = { ...image, ...draft } as Image;
    if (draft.takenAt) now.takenAtSource = "clinician";
    if (LINE_FIELDS.some((field) => field in draft)) now.title = recordLine(now) ?? image.title;
    return now;
  }

  const mark = (id: string, state: Saving["state"], problem: ApiProblem | null = null) => {
    const now = saving.peek().get(id);
    if (now?.state === state && now.problem === problem) return;
    saving.value = new Map(saving.value).set(id, { state, problem });
  };

  /** `typing`: wait for a pause, so that a word is one request. `turn`: of several that change at once, which one this is. */
  function edit(id: string, change: Draft, typing = false, turn = 0) {
    drafts.value = new Map(drafts.value).set(id, { ...drafts.value.get(id), ...change });
    if (change.bodySite) touched.value = [...touched.value.filter((one) => one !== id), id];
    mark(id, "saving");
    schedule(id, (typing ? TYPING_MS : SOON_MS) + turn * BETWEEN_MS);
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
    // Sent once the photo itself has arrived.
    if (isLocal(id)) return;
    for (let draft = drafts.value.get(id); draft; draft = drafts.value.get(id)) {
      const excess = tooLong(draft);
      if (excess) return mark(id, "refused", new ApiProblem(422, { detail: excess }));
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

  /** What a change is for: every selected image that can still be changed. */
  const subjects = computed(() => images.picked.value.filter(editable).map(described));
  const merged = computed(() => merge(subjects.value));

  /** Changes all that is selected, each in its own way, as one step that can be taken back. */
  function changeEach(changeOf: (image: Image) => Draft, typing = false) {
    changeThese(subjects.value, changeOf, typing);
  }

  function changeThese(several: readonly Image[], changeOf: (image: Image) => Draft, typing = false) {
    // Of twenty photos that are selected, one change is drawn once.
    const before = batch(() =>
      several.map((image, turn) => {
        const draft = changeOf(image);
        const old = only(image, Object.keys(draft) as (keyof Details)[]);
        if (Object.keys(draft).length) edit(image.id, draft, typing, turn);
        return { id: image.id, old };
      }),
    );
    if (!typing) undo.push(() => restore(before));
    return before;
  }

  /** What went to the record since stays as it was filed. */
  function restore(before: readonly { id: string; old: Draft }[]): boolean {
    const still = before.filter(({ id }) => images.all.value.some((one) => one.id === id && editable(one)));
    batch(() => {
      for (const [turn, { id, old }] of still.entries()) edit(id, old, false, turn);
    });
    return still.length > 0;
  }

  const change = (draft: Draft, typing = false) => changeEach(() => draft, typing);

  const sites = () => session.capabilities.value?.bodySites ?? [];

  /** A side never outlives its site: of another site it is not known, and in the midline there is none. */
  function siteChange(image: Image, bodySite: BodySite | null, side: Concept | null): Draft {
    if (isMidline(bodySite, sites())) return { bodySite, laterality: null };
    if (side) return { bodySite, laterality: side };
    const first = !image.bodySite || JSON.stringify(image.bodySite) === JSON.stringify(bodySite);
    return first && bodySite ? { bodySite } : { bodySite, laterality: null };
  }

  const setSite = (bodySite: BodySite | null, side: Concept | null = null) =>
    changeEach((image) => siteChange(image, bodySite, side));

  /** One line: site, side, and whatever else it says. */
  function say({ site, side, view, type, label, notes }: PhraseFound) {
    const { system, code, display } = site;
    changeEach((image) => ({
      ...siteChange(image, { system, code, display }, side),
      ...(view && viewChange(image, view)),
      ...(type && { type }),
      ...(label && { label }),
      ...(notes && { notes: [image.notes, notes].filter(Boolean).join("\n") }),
    }));
  }

  /** A dermatoscope looks at lesions: saying so once is enough. */
  const viewChange = (image: Image, view: Details["view"]): Draft =>
    view === "dermoscopy" && !image.type ? { view, type: "lesion" } : { view };

  const setView = (view: Details["view"]) => changeEach((image) => viewChange(image, view));

  function setSide(laterality: Concept | null) {
    const able = subjects.value.filter((image) => !isMidline(image.bodySite, sites()));
    const ids = new Set(able.map(({ id }) => id));
    const rest = [...sideless.value].filter((id) => !ids.has(id));
    sideless.value = new Set(laterality ? rest : [...rest, ...ids]);
    changeThese(able, () => ({ laterality }));
  }

  /** Three views of one lesion, in the order in which they are shown. */
  const fillSet = () =>
    changeEach((image) => {
      const view = SLOTS[subjects.value.findIndex(({ id }) => id === image.id)];
      return { type: "lesion", ...(view && { view }) };
    });

  /** The photo has arrived and has its own id: what was said of it goes out now. */
  function adopt(localId: string, id: string) {
    const draft = drafts.value.get(localId);
    sideless.value = new Set([...sideless.value].map((one) => (one === localId ? id : one)));
    touched.value = touched.value.map((one) => (one === localId ? id : one));
    drop(localId);
    if (draft) edit(id, draft);
  }

  /** Forgets what was said of a photo that never came, or what was refused: then it is as the server has it. */
  function drop(id: string) {
    timers.get(id)?.();
    drafts.value = without(drafts.value, id);
    saving.value = without(saving.value, id);
  }

  /** Before filing and before leaving: true when the server has everything. */
  async function saveAll(): Promise<boolean> {
    const here = [...drafts.value.keys()].filter((id) => !isLocal(id));
    await Promise.all(here.map(save));
    return here.every((id) => !drafts.value.has(id));
  }

  /** All other images that can be changed. */
  const others = () => {
    const ours = new Set(subjects.value.map(({ id }) => id));
    return images.all.value.filter((image) => !ours.has(image.id) && editable(image)).map(described);
  };

  function applyToAll() {
    const from = merged.value;
    if (!from) return;
    const fields = CODED.filter((field) => !from.mixed.has(field));
    const before = changeThese(others(), (image) => {
      const { laterality, ...rest } = only(from.image, fields);
      const side = isMidline(rest.bodySite ?? image.bodySite, sites()) ? null : laterality;
      return { ...rest, ...(fields.includes("laterality") && { laterality: side ?? null }) };
    });
    notices.say(words.copied(before.length), "quiet", {
      label: words.undo,
      run: () => void restore(before),
    });
  }

  /** The image described last, other than these, if it is still here. */
  function lastDescribed(than: readonly string[]): Image | null {
    const id = touched.value.findLast(
      (one) => !than.includes(one) && images.all.value.some((image) => image.id === one),
    );
    const image = images.all.value.find((one) => one.id === id);
    return image ? described(image) : null;
  }

  /** Site, side, type and label as on `before`; of a lesion's set, the next view that is missing. */
  function sameAs(before: Image) {
    const have = new Set(setOf(before, images.all.value.map(described)).map(({ view }) => view));
    const free = SLOTS.filter((view) => !have.has(view));
    changeEach((image) => {
      const next = before.type === "lesion" && before.view && !image.view ? free.shift() : undefined;
      return { ...only(before, STICKY), ...(next && { view: next }) };
    });
  }

  /** The set whose slots are shown although only one photo is in it. */
  const openedSet = signal("");

  /** Site, side, type and label as at an earlier visit; several photos without a view fill the slots in order. */
  function sameLesion(lesion: Draft) {
    const several = subjects.value.length > 1 && subjects.value.length <= SLOTS.length;
    const inOrder = several && subjects.value.every(({ view }) => !view);
    const before = subjects.value;
    const changed = changeThese(before, (image) => {
      const view = inOrder ? SLOTS[before.indexOf(image)] : undefined;
      return { ...lesion, ...(view && { view }) };
    });
    const [first] = subjects.value;
    openedSet.value = first ? lesionKey(first) : "";
    return { count: changed.length, takeBack: () => void restore(changed) };
  }

  return {
    drafts,
    saving,
    described,
    edit,
    subjects,
    merged,
    change,
    setSite,
    setSide,
    setView,
    say,
    fillSet,
    sideless,
    save,
    saveAll,
    adopt,
    drop,
    others,
    applyToAll,
    lastDescribed,
    sameAs,
    openedSet,
    sameLesion,
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
