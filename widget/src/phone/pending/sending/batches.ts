// Files that were chosen and are not safe on this phone yet, choice by choice.
import { computed, signal } from "@preact/signals";
import type { Facts } from "../../types";

/** Files chosen at once; `left` of them are still to be made safe. */
export type Batch = { origin: Facts["origin"]; left: number; wanted: boolean };

export function createBatches() {
  const open = signal<readonly Batch[]>([]);
  const files = (kind: (batch: Batch) => boolean) =>
    open.value.filter(kind).reduce((sum, { left }) => sum + left, 0);
  const arriving = computed(() => files(() => true));
  /** What the next press on Send means too: photos that were chosen; a camera's image is looked at first. */
  const coming = computed(() => files(({ origin, wanted }) => origin === "gallery" && !wanted));

  function begin(origin: Facts["origin"], count: number): Batch {
    const batch: Batch = { origin, left: count, wanted: false };
    open.value = [...open.value, batch];
    return batch;
  }

  function stored(batch: Batch) {
    batch.left -= 1;
    open.value = open.value.filter(({ left }) => left > 0);
  }

  /** Each is to be sent as soon as it is safe. */
  function want() {
    for (const batch of open.peek()) if (batch.origin === "gallery") batch.wanted = true;
    open.value = [...open.peek()];
  }

  return { arriving, coming, begin, stored, want };
}
