// Which image is shown, and which are picked together for removing, moving or copying to.
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Image } from "../../api/types";

export function createSelection(all: ReadonlySignal<Image[]>) {
  const chosen = signal<string | null>(null);
  const picks = signal<ReadonlySet<string>>(new Set());
  /** Where a range picked with Shift began. */
  let anchor: string | null = null;

  const selected = computed(
    () => all.value.find((image) => image.id === chosen.value) ?? all.value[0] ?? null,
  );
  /** The images that an action means: those picked, else the one shown. */
  const picked = computed(() => {
    const several = all.value.filter((image) => picks.value.has(image.id));
    if (several.length > 1) return several;
    return selected.value ? [selected.value] : [];
  });
  const isPicked = (id: string) => picked.value.length > 1 && picks.value.has(id);

  function select(id: string) {
    chosen.value = id;
    picks.value = new Set();
    anchor = id;
  }

  /** Ctrl: adds one to what is picked, or takes it away again. */
  function toggle(id: string) {
    const now = new Set(picked.value.map((image) => image.id));
    if (!now.delete(id)) now.add(id);
    if (now.size === 0) return;
    picks.value = now;
    chosen.value = now.has(id) ? id : ([...now].at(-1) ?? null);
    anchor = id;
  }

  /** Shift: picks everything between where the range began and `id`. */
  function extendTo(id: string) {
    const row = all.value.map((image) => image.id);
    const from = row.indexOf(anchor ?? selected.value?.id ?? id);
    const to = row.indexOf(id);
    if (from < 0 || to < 0) return select(id);
    anchor = row[from] ?? id;
    picks.value = new Set(row.slice(Math.min(from, to), Math.max(from, to) + 1));
    chosen.value = id;
  }

  function pickAll() {
    picks.value = new Set(all.value.map((image) => image.id));
  }

  /** Shows the first of these, and picks them all. */
  function selectAll(ids: readonly string[]) {
    if (!ids[0]) return;
    select(ids[0]);
    if (ids.length > 1) picks.value = new Set(ids);
  }

  /** The same image under another id. */
  function rename(from: string, to: string) {
    if (chosen.value === from) chosen.value = to;
    if (anchor === from) anchor = to;
    if (picks.value.has(from)) picks.value = new Set([...picks.value].map((id) => (id === from ? to : id)));
  }

  const pickOne = () => {
    picks.value = new Set();
  };

  /** The image `steps` away from the one shown, stopping at the ends. */
  function neighbour(steps: number): string | undefined {
    const row = all.value;
    const now = row.findIndex((image) => image.id === selected.value?.id);
    return row[Math.min(row.length - 1, Math.max(0, now + steps))]?.id;
  }

  function move(steps: number, extend = false) {
    const next = neighbour(steps);
    if (!next) return;
    if (extend) extendTo(next);
    else select(next);
  }

  /** Before these go, what is shown moves to the nearest that stays. */
  function stepAside(ids: ReadonlySet<string>) {
    const shown = selected.value?.id;
    if (!shown || !ids.has(shown)) return;
    const row = all.value;
    const at = row.findIndex((image) => image.id === shown);
    const stays = (image: Image) => !ids.has(image.id);
    chosen.value = (row.slice(at).find(stays) ?? row.slice(0, at).findLast(stays))?.id ?? null;
    picks.value = new Set();
    anchor = chosen.value;
  }

  return {
    selected,
    picked,
    isPicked,
    select,
    toggle,
    extendTo,
    pickAll,
    selectAll,
    rename,
    pickOne,
    move,
    stepAside,
  };
}
