// How near the image is looked at, and which part of it: enlarged for drawing a fine mark. What is drawn knows nothing of it.
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { FITTED, keepOverFrame, mostFor, panBy, STEP, type ZoomPosition, zoomAt } from "../../shared/zoom";
import type { Box, Point } from "../types";
import { distance } from "./geometry";

/** A small image is shown at most so large. */
const MOST_FITTED = 4;
const MIDDLE: Point = { x: 0, y: 0 };
const CORNER = MIDDLE;

const between = ([one, other]: readonly [Point, Point]): Point => ({
  x: (one.x + other.x) / 2,
  y: (one.y + other.y) / 2,
});

/** `view` is what there is to see, from the frame's middle in pixels of the image; `margin` stays free around it. */
export function createViewport(view: ReadonlySignal<Box>, margin: ReadonlySignal<number>) {
  /** The canvas's size on the screen. */
  const room = signal<Point>({ x: 1, y: 1 });
  const of = computed(() => JSON.stringify(view.value));
  const kept = signal<{ place: ZoomPosition; of: string }>({ place: FITTED, of: "" });

  const box = computed(() => {
    const [frameWidth, frameHeight] = [
      Math.max(1, room.value.x - margin.value * 2),
      Math.max(1, room.value.y - margin.value * 2),
    ];
    const { width, height } = view.value;
    const share = Math.max(0.001, Math.min(frameWidth / width, frameHeight / height, MOST_FITTED));
    return { frameWidth, frameHeight, width: width * share, height: height * share };
  });
  const most = computed(() => mostFor(view.value, box.value));
  /** Another crop or turn is looked at whole again. */
  const place = computed(() =>
    kept.value.of === of.value ? keepOverFrame(kept.value.place, box.value, most.value) : FITTED,
  );
  /** Screen pixels for one pixel of the image. */
  const zoom = computed(() => (box.value.width / view.value.width) * place.value.scale);
  /** Where on the canvas the frame's middle is. */
  const origin = computed<Point>(() => {
    const { x, y, width, height } = view.value;
    return {
      x: room.value.x / 2 + place.value.x - (x + width / 2) * zoom.value,
      y: room.value.y / 2 + place.value.y - (y + height / 2) * zoom.value,
    };
  });
  const near = computed(() => place.value.scale > 1);
  const percent = computed(() => `${Math.round(place.value.scale * 100)} %`);

  const keep = (next: ZoomPosition) => {
    kept.value = { place: next, of: of.value };
  };
  /** Keeps looking at the same part, as closely, while the image is put back to another step. */
  function holding(act: () => void) {
    const before = place.value;
    act();
    keep(keepOverFrame(before, box.value, most.value));
  }
  /** `at` is measured from the canvas's middle: what lies there stays there. */
  const by = (factor: number, at: Point = MIDDLE) =>
    keep(zoomAt(place.value, factor, at, box.value, most.value));
  const pan = (step: Point) => keep(panBy(place.value, step, box.value, most.value));
  const onCanvas = (point: Point): Point => ({
    x: origin.value.x + point.x * zoom.value,
    y: origin.value.y + point.y * zoom.value,
  });

  /** Two fingers came down: what lay under them stays under them wherever they go. From the canvas's middle. */
  function gripped(was: readonly [Point, Point]) {
    const start = place.value;
    const from = between(was);
    const apart = Math.max(1, distance(...was));
    return (now: readonly [Point, Point]) => {
      // From the start each time: what the image's edge held back on the way is not lost for good.
      const scale = Math.min(most.value, Math.max(1, (start.scale * distance(...now)) / apart));
      const [to, share] = [between(now), scale / start.scale];
      const next = { x: to.x - (from.x - start.x) * share, y: to.y - (from.y - start.y) * share };
      keep(keepOverFrame({ scale, ...next }, box.value, most.value));
    };
  }

  const inFrame = ({ x, y }: Point): Point => ({
    x: (x - origin.value.x) / zoom.value,
    y: (y - origin.value.y) / zoom.value,
  });

  /** Moves the image so that a point of the frame is on the canvas. */
  function reveal(point: Point) {
    const { x, y } = onCanvas(point);
    if (x >= 0 && y >= 0 && x <= room.value.x && y <= room.value.y) return;
    pan({ x: room.value.x / 2 - x, y: room.value.y / 2 - y });
  }

  /** The part of the view that is on the canvas, measured as the view is. */
  function visible(): Box {
    const { x, y, width, height } = view.value;
    const [left, top] = [Math.max(x, inFrame(CORNER).x), Math.max(y, inFrame(CORNER).y)];
    const end = inFrame(room.value);
    return {
      x: left,
      y: top,
      width: Math.min(x + width, end.x) - left,
      height: Math.min(y + height, end.y) - top,
    };
  }

  return {
    room,
    zoom,
    near,
    percent,
    atMost: computed(() => place.value.scale >= most.value),
    onCanvas,
    inFrame,
    visible,
    by,
    pan,
    holding,
    gripped,
    reveal,
    closer: () => by(STEP),
    farther: () => by(1 / STEP),
    whole: () => keep(FITTED),
  };
}

export type Viewport = ReturnType<typeof createViewport>;
