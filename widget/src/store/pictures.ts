// The pictures of this session as the server knows them, which one is selected, and taking one away.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../api";
import { asProblem } from "../problem";
import type { Image } from "../types";
import type { Clock } from "./clock";
import type { Notices } from "./notices";
import type { SessionSlice } from "./session";

const UNDO_MS = 7_000;

const byArrival = (a: Image, b: Image) =>
  a.uploadedAt.localeCompare(b.uploadedAt) || a.id.localeCompare(b.id);

/** What was once sent towards the record stays; what may be in the record can't be changed either. */
export const removable = (image: Image) => image.state === "staged";
export const editable = (image: Image) => image.state === "staged" || image.state === "failed";

export function createPictures(gateway: Gateway, clock: Clock, session: SessionSlice, notices: Notices) {
  const known = signal<Image[]>([]);
  const loaded = signal(false);
  /** Removed here, still undoable, so not yet removed on the server. */
  const leaving = signal<ReadonlyMap<string, () => void>>(new Map());
  const chosen = signal<string | null>(null);

  const all = computed(() => known.value.filter((image) => !leaving.value.has(image.id)));
  const staged = computed(() => all.value.filter((image) => image.state === "staged"));
  const selected = computed(
    () => all.value.find((image) => image.id === chosen.value) ?? all.value[0] ?? null,
  );

  async function refresh() {
    try {
      known.value = (await gateway.images()).toSorted(byArrival);
      loaded.value = true;
      session.connected.value = true;
    } catch (cause) {
      session.note(asProblem(cause));
    }
  }

  function receive(image: Image) {
    const others = known.value.filter((other) => other.id !== image.id);
    known.value = [...others, image].sort(byArrival);
  }

  function forget(id: string) {
    step(id);
    known.value = known.value.filter((image) => image.id !== id);
  }

  const select = (id: string) => {
    chosen.value = id;
  };

  /** Moves the selection by `steps` pictures and stops at the ends. */
  function move(steps: number) {
    const row = all.value;
    const now = row.findIndex((image) => image.id === selected.value?.id);
    const next = row[Math.min(row.length - 1, Math.max(0, now + steps))];
    if (next) select(next.id);
  }

  /** Before `id` goes, the selection moves to its neighbour. */
  function step(id: string) {
    if (selected.value?.id !== id) return;
    const row = all.value;
    const at = row.findIndex((image) => image.id === id);
    chosen.value = (row[at + 1] ?? row[at - 1])?.id ?? null;
  }

  /** Hides the picture now and removes it on the server when the moment for undo has passed. */
  function remove(id: string) {
    const image = all.value.find((candidate) => candidate.id === id);
    if (!image || !removable(image)) return;
    step(id);
    const cancel = clock.after(UNDO_MS, () => void removeNow(id));
    leaving.value = new Map(leaving.value).set(id, cancel);
    notices.say("Picture removed.", "quiet", { label: "Undo", run: () => keep(id) });
  }

  function keep(id: string) {
    leaving.value.get(id)?.();
    show(id);
    if (known.value.some((image) => image.id === id)) select(id);
  }

  function show(id: string) {
    const rest = new Map(leaving.value);
    rest.delete(id);
    leaving.value = rest;
  }

  async function removeNow(id: string, closing = false) {
    leaving.value.get(id)?.();
    try {
      await gateway.removeImage(id, closing);
      forget(id);
    } catch (cause) {
      const problem = session.note(asProblem(cause));
      if (problem.status === 404) forget(id);
      else notices.say(`The picture was not removed. ${problem.detail}`, "bad");
    }
    show(id);
  }

  /** The tab closes: what was removed must not come back on the next launch. */
  function settle() {
    for (const id of leaving.value.keys()) void removeNow(id, true);
  }

  const numberOf = (id: string) => all.value.findIndex((image) => image.id === id) + 1;

  return {
    all,
    staged,
    selected,
    loaded,
    refresh,
    receive,
    forget,
    select,
    move,
    remove,
    settle,
    numberOf,
  };
}

export type Pictures = ReturnType<typeof createPictures>;
