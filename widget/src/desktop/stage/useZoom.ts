// Wheel, pinch, drag, double click and keys of an enlarged image; the sums are in zoom.ts.
import { useEffect, useRef, useState } from "preact/hooks";
import {
  FITTED,
  fitInFrame,
  keepOverFrame,
  mostFor,
  type Point,
  panBy,
  STEP,
  type ZoomPosition,
  zoomAt,
} from "../../shared/zoom";

const PAN = 60;
const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: PAN, y: 0 },
  ArrowRight: { x: -PAN, y: 0 },
  ArrowUp: { x: 0, y: PAN },
  ArrowDown: { x: 0, y: -PAN },
};

/** `natural` is the image's own size in pixels; another `key` starts fitted again. */
export function useZoom(key: string, natural: { width: number; height: number }) {
  const frame = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, Point>());
  const [place, setPlace] = useState<ZoomPosition>(FITTED);
  const [dragging, setDragging] = useState(false);
  const scale = useRef(1);
  scale.current = place.scale;

  const box = () => {
    const { clientWidth = 1, clientHeight = 1 } = frame.current ?? {};
    return fitInFrame(natural, { x: clientWidth, y: clientHeight });
  };
  const by = (factor: number, at: Point = { x: 0, y: 0 }) =>
    setPlace((now) => zoomAt(now, factor, at, box(), mostFor(natural, box())));
  const pan = (step: Point) => setPlace((now) => panBy(now, step, box(), mostFor(natural, box())));
  const whole = () => setPlace(FITTED);

  /** One of the screen's pixels for each of the photo's. */
  const own = () => {
    const fitted = Math.max(1, box().width);
    const wanted = natural.width / (window.devicePixelRatio || 1) / fitted;
    setPlace((now) => zoomAt(FITTED, Math.max(1, wanted), now, box(), mostFor(natural, box())));
  };
  /** How large it is shown, of its own size; null while it is fitted. */
  const percent = () =>
    place.scale <= 1
      ? null
      : Math.round(((box().width * place.scale) / natural.width) * (window.devicePixelRatio || 1) * 100);

  /** A point of the page, from the frame's middle. */
  const inFrame = (event: { clientX: number; clientY: number }): Point => {
    const edge = frame.current?.getBoundingClientRect();
    if (!edge) return { x: 0, y: 0 };
    return { x: event.clientX - edge.left - edge.width / 2, y: event.clientY - edge.top - edge.height / 2 };
  };

  // Another image starts fitted: at once, so that no key or wheel meets the place of the one before.
  const shown = useRef(key);
  if (shown.current !== key) {
    shown.current = key;
    whole();
  }

  // Listened to by hand: a wheel handler that prevents scrolling must say that it is not passive.
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    // A plain wheel scrolls the page, or moves what is enlarged; with Ctrl, and pinched, it enlarges.
    const turn = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) {
        if (scale.current <= 1) return;
        event.preventDefault();
        return pan({ x: -event.deltaX, y: -event.deltaY });
      }
      event.preventDefault();
      by(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)), inFrame(event));
    };
    const resized = new ResizeObserver(() =>
      setPlace((now) => keepOverFrame(now, box(), mostFor(natural, box()))),
    );
    element.addEventListener("wheel", turn, { passive: false });
    resized.observe(element);
    return () => {
      element.removeEventListener("wheel", turn);
      resized.disconnect();
    };
  }, [key]);

  function down(event: PointerEvent) {
    // A captured pointer's click would go to the frame, and not to a button in it.
    if (event.button !== 0 || (event.target as Element).closest("button")) return;
    fingers.current.set(event.pointerId, inFrame(event));
    frame.current?.setPointerCapture(event.pointerId);
    setDragging(true);
  }

  function drag(event: PointerEvent) {
    const before = fingers.current.get(event.pointerId);
    if (!before) return;
    const now = inFrame(event);
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, now);
    if (!other) return pan({ x: now.x - before.x, y: now.y - before.y });
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    by(apart(now, other) / Math.max(1, apart(before, other)), middle);
  }

  function up(event: PointerEvent) {
    fingers.current.delete(event.pointerId);
    if (fingers.current.size === 0) setDragging(false);
  }

  /** Fitted to its own pixels (at least twice as large), and back. */
  function double(event: MouseEvent) {
    if (place.scale > 1) return whole();
    by(Math.max(2, natural.width / Math.max(1, box().width)), inFrame(event));
  }

  function pressed(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = place.scale > 1 ? ARROWS[event.key] : undefined;
    if (event.key === "+" || event.key === "=") by(STEP);
    else if (event.key === "-") by(1 / STEP);
    else if (event.key === "0") whole();
    else if (event.key === "1") own();
    else if (arrow) pan(arrow);
    else return;
    event.preventDefault();
  }

  const handlers = {
    onPointerDown: down,
    onPointerMove: drag,
    onPointerUp: up,
    onPointerCancel: up,
    onDblClick: double,
    onKeyDown: pressed,
  };
  return { frame, place, dragging, handlers, by, whole, own, percent };
}

const apart = (one: Point, other: Point) => Math.hypot(one.x - other.x, one.y - other.y);
