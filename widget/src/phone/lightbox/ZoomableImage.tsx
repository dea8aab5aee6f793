// An image that can be enlarged to its own pixels: by two fingers, a double tap, or a button.
import { useRef, useState } from "preact/hooks";
import {
  FITTED,
  fitInFrame,
  keepOverFrame,
  mostFor,
  type Point,
  panBy,
  type ZoomPosition,
  zoomAt,
} from "../../shared/zoom";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.lightbox;

const DOUBLE_TAP_MS = 320;
const TAP_PX = 12;

type Props = { src: string; alt: string; onError?: () => void };

export function ZoomableImage({ src, alt, onError }: Props) {
  const image = useRef<HTMLImageElement>(null);
  const fingers = useRef(new Map<number, Point>());
  const lastTap = useRef({ at: 0, x: 0, y: 0 });
  const [position, setPosition] = useState<ZoomPosition>(FITTED);
  const isLarge = position.scale > 1;

  /** The frame, and the most that makes sense in it; null until the image is there. */
  function measured() {
    const element = image.current;
    const frame = element?.parentElement;
    if (!element?.naturalWidth || !frame) return null;
    const natural = { width: element.naturalWidth, height: element.naturalHeight };
    const rect = frame.getBoundingClientRect();
    const box = fitInFrame(natural, { x: rect.width, y: rect.height });
    return { box, most: mostFor(natural, box), rect };
  }

  const fromMiddle = (at: Point, rect: DOMRect): Point => ({
    x: at.x - rect.left - rect.width / 2,
    y: at.y - rect.top - rect.height / 2,
  });

  /** One of the image's pixels on each of the screen's. */
  function toggle(at?: Point) {
    const now = measured();
    if (!now) return;
    const own = (image.current?.naturalWidth ?? 0) / now.box.width / devicePixelRatio;
    const middle = at ? fromMiddle(at, now.rect) : { x: 0, y: 0 };
    setPosition(isLarge ? FITTED : zoomAt(FITTED, Math.max(2, own), middle, now.box, now.most));
  }

  function down(event: PointerEvent) {
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function move(event: PointerEvent) {
    const before = fingers.current.get(event.pointerId);
    const now = measured();
    if (!before || !now) return;
    const to = { x: event.clientX, y: event.clientY };
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1];
    fingers.current.set(event.pointerId, to);
    if (other) {
      const apart = (one: Point) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
      const between = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
      const factor = apart(to) / apart(before);
      setPosition((place) => zoomAt(place, factor, fromMiddle(between, now.rect), now.box, now.most));
    } else if (isLarge) {
      const by = { x: to.x - before.x, y: to.y - before.y };
      setPosition((place) => panBy(place, by, now.box, now.most));
    }
  }

  function up(event: PointerEvent) {
    fingers.current.delete(event.pointerId);
    if (event.type !== "pointerup") return;
    const at = { x: event.clientX, y: event.clientY };
    const { at: when, x, y } = lastTap.current;
    const isDouble = event.timeStamp - when < DOUBLE_TAP_MS && Math.hypot(at.x - x, at.y - y) < TAP_PX;
    lastTap.current = isDouble ? { at: 0, x: 0, y: 0 } : { at: event.timeStamp, ...at };
    if (isDouble) toggle(at);
  }

  function settle() {
    const now = measured();
    if (now) setPosition((place) => keepOverFrame(place, now.box, now.most));
  }

  return (
    <div
      class={isLarge ? "zoomable zoomable-large" : "zoomable"}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
    >
      <img
        ref={image}
        src={src}
        alt={alt}
        draggable={false}
        onLoad={settle}
        {...(onError && { onError })}
        style={{ transform: `translate(${position.x}px, ${position.y}px) scale(${position.scale})` }}
      />
      <button
        type="button"
        class="over-photo zoomable-button"
        aria-pressed={isLarge}
        onClick={() => toggle()}
      >
        <Icon name="zoom" />
        <span class="unseen">{isLarge ? words.whole : words.fullSize}</span>
      </button>
    </div>
  );
}
