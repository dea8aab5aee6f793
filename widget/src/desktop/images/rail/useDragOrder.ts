// Putting images in another order with the mouse or a pen: press, move, let go before another image.
// Fingers scroll; for them, and for keys, there are the buttons "Move earlier" and "Move later".
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Image } from "../../../api/types";

const SLACK_PX = 8;

type Drag = { moving: readonly string[]; before: string | null };
const NONE: Drag = { moving: [], before: null };

export function useDragOrder(
  list: RefObject<HTMLElement | null>,
  picked: readonly Image[],
  place: (moving: readonly string[], before: string | null) => void,
) {
  const [drag, setDrag] = useState<Drag>(NONE);
  const stop = useRef<() => void>(() => {});
  useEffect(() => () => stop.current(), []);

  /** Listens from the press on, not from the next drawing: a quick click is over before that. */
  function start(event: PointerEvent, id: string) {
    if (event.button !== 0 || event.pointerType === "touch") return;
    stop.current();
    const from = { x: event.clientX, y: event.clientY };
    const together = picked.map((image) => image.id);
    // All of them together have nowhere to go: then the one that is dragged is meant.
    const all = list.current?.querySelectorAll("li[data-id]").length === together.length;
    const moving = together.includes(id) && !all ? together : [id];
    let now = NONE;
    const over = new AbortController();
    const signal = over.signal;

    const end = () => {
      over.abort();
      setDrag(NONE);
    };
    const move = (at: PointerEvent) => {
      if (at.buttons === 0) return end();
      if (now === NONE && Math.hypot(at.clientX - from.x, at.clientY - from.y) < SLACK_PX) return;
      now = { moving, before: landing(list.current, at) };
      setDrag(now);
    };
    const drop = () => {
      end();
      if (now === NONE) return;
      place(now.moving, now.before);
      // The click that follows the drop is part of it.
      window.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
    };
    window.addEventListener("pointermove", move, { signal });
    window.addEventListener("pointerup", drop, { signal });
    window.addEventListener("pointercancel", end, { signal });
    window.addEventListener("keydown", (key) => key.key === "Escape" && end(), { signal });
    stop.current = end;
  }

  return { ...drag, start };
}

function swallow(event: Event) {
  event.preventDefault();
  event.stopPropagation();
}

/** The image before which it would land: the first whose middle lies beyond the pointer. */
function landing(list: HTMLElement | null, at: { clientX: number; clientY: number }): string | null {
  const tiles = [...(list?.querySelectorAll<HTMLElement>("li[data-id]") ?? [])];
  const oneColumn = tiles[0]?.offsetLeft === tiles[1]?.offsetLeft;
  const beyond = (tile: HTMLElement) => {
    const { left, top, width, height, bottom } = tile.getBoundingClientRect();
    if (oneColumn) return at.clientY < top + height / 2;
    return at.clientY < top || (at.clientY < bottom && at.clientX < left + width / 2);
  };
  return tiles.find(beyond)?.getAttribute("data-id") ?? null;
}
