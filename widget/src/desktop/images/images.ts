// The images of this session as the server knows them, in the clinician's order.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import { originalsOf } from "../../shared/images/originals";
import { sameValues } from "../../shared/sameValues";
import type { Clock } from "../../shared/time/clock";
import type { Undo } from "../commands/undo";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";
import { isLocal } from "./local";
import { createRemoval } from "./removal";
import { createSelection } from "./selection";

const words = locale.images;

/** As they were put, then in order of arrival; the server sorts the same way. */
export function inOrder(a: Image, b: Image): number {
  const [placedA, placedB] = [a.position ?? Number.MAX_SAFE_INTEGER, b.position ?? Number.MAX_SAFE_INTEGER];
  return placedA - placedB || a.uploadedAt.localeCompare(b.uploadedAt) || a.id.localeCompare(b.id);
}

/** What may be in the record stays, and can't be changed either; what Medtech refused is nowhere else. */
export const removable = (image: Image) => editable(image) && !isLocal(image.id);
export const editable = (image: Image) => image.state === "staged" || image.state === "failed";

export function createImages(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  notices: NoticesSlice,
  undo: Undo,
) {
  const known = signal<Image[]>([]);
  /** Since when those of this page are here: they keep their place although the server gets them in another order. */
  const since = new Map<string, string>();
  const sinceOf = (image: Image) => since.get(image.id) ?? image.uploadedAt;
  const order = (a: Image, b: Image) =>
    inOrder({ ...a, uploadedAt: sinceOf(a) }, { ...b, uploadedAt: sinceOf(b) });
  const loaded = signal(false);
  /** Counts what the server said of single images, and remembers when it last spoke of each. */
  let news = 0;
  const toldAt = new Map<string, number>();
  const removal = createRemoval(gateway, clock, session, notices);
  const { leaving } = removal;

  const all = computed(() => known.value.filter((image) => !leaving.value.has(image.id)));
  const staged = computed(() => all.value.filter((image) => image.state === "staged" && !isLocal(image.id)));
  /** Originals left out on purpose: their edited copy has been handed over. */
  const leftOut = computed(() =>
    originalsOf(
      all.value.filter(({ state }) => state !== "staged"),
      all.value,
    ),
  );
  const selection = createSelection(all);
  const { picked, select } = selection;

  /** Whether the server has answered. */
  async function refresh(background = false): Promise<boolean> {
    const asked = news;
    try {
      const found = await gateway.images(background);
      // What was said of an image since the list was asked for is newer than the list.
      const newer = known.value.filter(({ id }) => isLocal(id) || (toldAt.get(id) ?? 0) > asked);
      const kept = new Set(newer.map(({ id }) => id));
      const before = known.value;
      known.value = [...found.filter(({ id }) => !kept.has(id)), ...newer].sort(order);
      for (const { id } of before) if (!known.value.some((image) => image.id === id)) removal.gone(id);
      loaded.value = true;
      session.connected.value = true;
      return true;
    } catch (cause) {
      session.note(asProblem(cause));
      return false;
    }
  }

  function receive(image: Image) {
    toldAt.set(image.id, ++news);
    // The event about one's own change has no news.
    if (known.value.some((other) => sameValues(other, image))) return;
    const others = known.value.filter((other) => other.id !== image.id);
    known.value = [...others, image].sort(order);
  }

  /** Shows what the server doesn't have yet, after everything else, whatever this computer's clock says. */
  function showLocal(local: readonly Image[]) {
    const last = known.value.map(sinceOf).sort().at(-1) ?? "";
    for (const image of local)
      since.set(image.id, `${last > image.uploadedAt ? last : image.uploadedAt} ${image.id}`);
    known.value = [...known.value, ...local].sort(order);
  }

  /** The server has it: it goes on under its own id, in the same place. One that was here before stays where it is. */
  function adopt(localId: string, image: Image, fresh: boolean) {
    toldAt.set(image.id, ++news);
    if (fresh) since.set(image.id, since.get(localId) ?? image.id);
    const others = known.value.filter(({ id }) => id !== localId && id !== image.id);
    known.value = [...others, image].sort(order);
    selection.rename(localId, image.id);
  }

  function forget(id: string) {
    removal.gone(id);
    selection.stepAside(new Set([id]));
    known.value = known.value.filter((image) => image.id !== id);
  }

  removal.connect({
    forget,
    back: (ids) => {
      const first = all.value.find((image) => ids.includes(image.id));
      if (first) select(first.id);
    },
  });

  /** Hides images now and removes them on the server when the moment for undo has passed. */
  function remove(...ids: string[]) {
    const going = all.value.filter((image) => ids.includes(image.id) && removable(image));
    if (going.length < ids.length) notices.say(words.cannotRemove(ids.length - going.length));
    if (going.length === 0) return;
    const gone = going.map((image) => image.id);
    const number = numberOf(gone[0] ?? "");
    selection.stepAside(new Set(gone));
    removal.hide(gone, number);
    undo.push(removal.undoLast);
  }

  const removePicked = () => remove(...picked.value.map((image) => image.id));

  /** Puts the images into this order, here at once and on the server for every later page. */
  async function arrange(ids: readonly string[]) {
    const before = known.value;
    const place = new Map(ids.map((id, at) => [id, at]));
    known.value = before
      .map((image) => ({ ...image, position: place.get(image.id) ?? image.position ?? null }))
      .sort(order);
    try {
      await gateway.arrange(ids.filter((id) => !isLocal(id)));
    } catch (cause) {
      const problem = session.note(asProblem(cause));
      // Where only the answer was lost, the server has it in this order.
      const answered = await refresh();
      const row = known.value.map(({ id }) => id).filter((id) => place.has(id));
      if (answered && row.join() === ids.filter((id) => row.includes(id)).join()) return;
      const again = { label: words.tryAgain, run: () => void arrange(ids) };
      notices.fail(words.bad.order, problem, problem.temporary ? again : undefined);
    }
  }

  /** Puts these into this order in the places that they hold together. */
  async function sortAmong(ids: readonly string[]) {
    const row = all.value.map((image) => image.id);
    const here = ids.filter((id) => row.includes(id));
    const places = new Set(here);
    const sorted = row.map((id) => (places.has(id) ? (here.shift() ?? id) : id));
    if (sorted.join() !== row.join()) await arrange(sorted);
  }

  /** Moves what is picked (or shown) by one place; the ends stop it. */
  function shift(step: -1 | 1) {
    const row = all.value.map((image) => image.id);
    const moving = picked.value.map((image) => image.id);
    const edge = row.indexOf((step < 0 ? moving[0] : moving.at(-1)) ?? "");
    const beyond = row[edge + step];
    if (!beyond) return;
    const rest = row.filter((id) => !moving.includes(id));
    rest.splice(rest.indexOf(beyond) + (step > 0 ? 1 : 0), 0, ...moving);
    void arrange(rest);
  }

  /** After a drop: puts `moving` before `target`, or at the end. */
  function place(moving: readonly string[], target: string | null) {
    const row = all.value.map((image) => image.id);
    const goal = target && moving.includes(target) ? row[row.indexOf(target) + 1] : target;
    const rest = row.filter((id) => !moving.includes(id));
    const at = goal ? rest.indexOf(goal) : -1;
    rest.splice(at < 0 ? rest.length : at, 0, ...row.filter((id) => moving.includes(id)));
    if (rest.join() !== row.join()) void arrange(rest);
  }

  /** The same before and after an image gets its own id: what is being typed beside it stays. */
  const lastingKey = (id: string) => since.get(id) ?? id;

  const numberOf = (id: string) => all.value.findIndex((image) => image.id === id) + 1;

  return {
    ...selection,
    all,
    staged,
    leftOut,
    loaded,
    refresh,
    receive,
    showLocal,
    adopt,
    forget,
    remove,
    removePicked,
    settle: removal.settle,
    shift,
    place,
    sortAmong,
    numberOf,
    lastingKey,
  };
}

export type Images = ReturnType<typeof createImages>;
