// How this person likes the page: grid or strip, keys on or off, hints seen. Kept on this computer; it names no one.
import { signal } from "@preact/signals";
import { isRecord, type Memory, readJson } from "../shared/storage";

export type Layout = "grid" | "strip";

const KEPT = "clinicpro.look";

type Kept = { layout?: Layout; keys?: boolean; hints?: boolean };

export function createPreferences(memory: Memory) {
  const kept: Kept = readJson(memory, KEPT, isRecord, {});
  const layout = signal<Layout>(kept.layout === "strip" ? "strip" : "grid");
  /** Single letters as keys; some voice control types letters, so they can be switched off (WCAG 2.1.4). */
  const keys = signal(kept.keys !== false);
  const hints = signal(kept.hints !== false);

  function keep() {
    memory.setItem(KEPT, JSON.stringify({ layout: layout.value, keys: keys.value, hints: hints.value }));
  }

  const setLayout = (next: Layout) => {
    layout.value = next;
    keep();
  };
  const setKeys = (on: boolean) => {
    keys.value = on;
    keep();
  };
  const setHints = (on: boolean) => {
    hints.value = on;
    keep();
  };

  return { layout, keys, hints, setLayout, setKeys, setHints };
}

export type Preferences = ReturnType<typeof createPreferences>;
