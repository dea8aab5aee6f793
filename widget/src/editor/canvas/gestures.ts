// How a pointer looks closer and elsewhere: the wheel, two fingers, the middle button, or dragging with the space bar held.
import type { Viewport } from "../state/viewport";
import type { Point } from "../types";

/** Of a wheel's turn, in pixels or in lines; a touchpad's pinch says less for the same. */
const speedOf = (event: WheelEvent) => {
  if (event.ctrlKey) return 0.01;
  return event.deltaMode === 1 ? 0.05 : 0.0018;
};

export function createGestures(container: HTMLElement, viewport: Viewport) {
  const down = new Map<number, Point>();
  /** From the second finger until all are lifted, none draws. */
  let pinching = false;
  let spacing = false;
  let panning = false;
  let still = true;
  let grip: ReturnType<Viewport["gripped"]> | null = null;

  const placeOf = (event: MouseEvent): Point => {
    const { left, top } = container.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const fromMiddle = ({ x, y }: Point): Point => ({
    x: x - viewport.room.value.x / 2,
    y: y - viewport.room.value.y / 2,
  });

  /** Another finger came or went. */
  function regrip() {
    const [one, other] = [...down.values()];
    grip = one && other ? viewport.gripped([fromMiddle(one), fromMiddle(other)]) : null;
  }

  /** Returns whether this pointer looks, and doesn't draw. `free`: it came down on nothing that can be held. */
  function began(event: PointerEvent, free: boolean): boolean {
    if (event.pointerType === "touch") {
      down.set(event.pointerId, placeOf(event));
      if (down.size > 1) pinching = true;
      regrip();
    }
    if (!pinching) {
      panning = event.button === 1 || (event.button === 0 && (spacing || (free && viewport.near.value)));
      if (panning) down.set(event.pointerId, placeOf(event));
    }
    if (pinching || panning) {
      container.setPointerCapture(event.pointerId);
      event.preventDefault();
    }
    return pinching || panning;
  }

  function went(event: PointerEvent) {
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = placeOf(event);
    down.set(event.pointerId, now);
    if (!pinching && !panning) return;
    still = false;
    const [one, other] = [...down.values()];
    if (!one || !other) return viewport.pan({ x: now.x - before.x, y: now.y - before.y });
    grip?.([fromMiddle(one), fromMiddle(other)]);
  }

  /** Returns whether it was a tap on the image that moved nothing. */
  function ended(event: PointerEvent): boolean {
    down.delete(event.pointerId);
    regrip();
    if (down.size > 0) return false;
    const tapped = panning && still;
    pinching = false;
    panning = false;
    still = true;
    return tapped;
  }

  function turned(event: WheelEvent) {
    event.preventDefault();
    viewport.by(Math.exp(-event.deltaY * speedOf(event)), fromMiddle(placeOf(event)));
  }

  function space(held: boolean) {
    spacing = held;
    container.classList.toggle("tool-pan", held);
  }
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== " ") return;
    event.preventDefault();
    space(true);
  };
  const lifted = (event: KeyboardEvent) => event.key === " " && space(false);
  const left = () => space(false);
  /** A finger that rests a while before it draws wants no menu. */
  const rested = (event: Event) => down.size > 0 && event.preventDefault();

  // Listened to by hand: a wheel handler that prevents scrolling must say that it is not passive.
  container.addEventListener("wheel", turned, { passive: false });
  container.addEventListener("keydown", pressed);
  container.addEventListener("keyup", lifted);
  container.addEventListener("blur", left);
  container.addEventListener("contextmenu", rested);
  function stop() {
    container.removeEventListener("wheel", turned);
    container.removeEventListener("keydown", pressed);
    container.removeEventListener("keyup", lifted);
    container.removeEventListener("blur", left);
    container.removeEventListener("contextmenu", rested);
  }

  return { placeOf, began, went, ended, any: () => down.size > 0, stop };
}
