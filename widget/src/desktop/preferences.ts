// How this person likes the page: grid or strip, keys on or off, hints seen. Kept on this computer; it names no one.
import { signal } from "@preact/signals";
import { isRecord, type Memory, readJson } from "../shared/storage";

export type Layout = "grid" | "strip";

const KEPT = "clinicpro.look";

type Kept = { layout?: Layout; keys?: boolean; hints?: boolean; bodyMap?: boolean };

export function createPreferences(memory: Memory) {
  const kept: Kept = readJson(memory, KEPT, isRecord, {});
  const layout = signal<Layout>(kept.layout === "strip" ? "strip" : "grid");
  /** Single letters as keys; some voice control types letters, so they can be switched off (WCAG 2.1.4). */
  const keys = signal(kept.keys !== false);
  const hints = signal(kept.hints !== false);

  const bodyMap = signal(kept.bodyMap === true);

  function keep() {
    const now: Kept = {
      layout: layout.value,
      keys: keys.value,
      hints: hints.value,
      bodyMap: bodyMap.value,
    };
    memory.setItem(KEPT, JSON.stringify(now));
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

  const setBodyMap = (open: boolean) => {
    bodyMap.value = open;
    keep();
  };

  return { layout, keys, hints, bodyMap, setBodyMap, setLayout, setKeys, setHints };
}
