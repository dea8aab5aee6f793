// What this provider's other pages are sending, or left: other patients by initials and NHI only.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { TrayItem } from "../../api/types";
import type { Clock } from "../../shared/time/clock";
import type { SessionSlice } from "../session/session";

const POLL_MS = 15_000;
/** While something is on its way, or the list is being read. */
const SOON_MS = 2_000;

const NEEDS = new Set(["refused", "partly", "unverified"]);
const MOVES = new Set(["sending", "waiting"]);

export function createTray(gateway: Gateway, clock: Clock, session: SessionSlice) {
  const items = signal<TrayItem[]>([]);
  const open = signal(false);
  /** What this patient's own page shows already is left out. */
  const others = computed(() => items.value.filter((item) => !item.samePatient || item.state === "unfiled"));
  const trouble = computed(() => others.value.filter(({ state }) => NEEDS.has(state)).length);
  const moving = computed(() => others.value.filter(({ state }) => MOVES.has(state)).length);
  let stop: (() => void) | null = null;

  async function refresh() {
    try {
      items.value = (await gateway.tray()).items;
    } catch (cause) {
      session.note(asProblem(cause));
    }
  }

  async function watch() {
    stop?.();
    if (session.phase.value !== "open") return;
    await refresh();
    stop = clock.after(open.value || moving.value > 0 ? SOON_MS : POLL_MS, () => void watch());
  }

  const show = () => {
    open.value = true;
    void watch();
  };
  const close = () => {
    open.value = false;
  };

  return { items: others, open, trouble, moving, watch, show, close };
}

export type Tray = ReturnType<typeof createTray>;
