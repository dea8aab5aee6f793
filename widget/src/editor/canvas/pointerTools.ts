// What pointers do: draw with the tool in hand, or move and pull what they came down on.

import type { EditorState } from "../state/editorState";
import { atEdge, cropped, EDGES, frame, pulled, rotation, shown, toImage } from "../state/geometry";
import { added, drawn, meant, moved, nextId, replaced, resized } from "../state/marks";
import { pulledInShape } from "../state/shapes";
import type { Point, Sheet } from "../types";
import type { EditorCanvas, Hit } from "./canvas";
import { createGestures } from "./gestures";

/** Points of a free line closer than this on the screen are one. */
const FINE = 3;

export function createPointerTools(container: HTMLElement, canvas: EditorCanvas, editing: EditorState) {
  let gesture: ((place: Point) => Sheet | null) | null = null;
  let pointer: number | null = null;
  let lifted: (() => void) | null = null;

  const { viewport } = editing;
  const gestures = createGestures(container, viewport);
  const { placeOf } = gestures;
  const inImage = (place: Point) => toImage(editing.image, editing.now(), viewport.inFrame(place));

  function began(event: PointerEvent) {
    canvas.hold(true);
    const place = placeOf(event);
    // A press beside a text that is being typed ends the typing, and begins no other.
    if (editing.typing.value !== null) {
      editing.settleText();
      container.focus({ preventScroll: true });
      return letGo();
    }
    const held = canvas.under(place);
    const free = held.what === "photo" && ["select", "crop"].includes(editing.tool.value);
    // A second finger takes back what the first one began.
    if (gestures.began(event, free)) return dropped();
    if (pointer !== null || event.button !== 0) return;
    gesture = gestureFor(held, place, event);
    if (!gesture) return letGo();
    pointer = event.pointerId;
    container.setPointerCapture(event.pointerId);
    event.preventDefault();
    container.focus({ preventScroll: true });
  }

  function gestureFor(held: Hit, from: Point, event: PointerEvent): ((place: Point) => Sheet | null) | null {
    const sheet = editing.now();
    const tool = editing.tool.value;
    if (tool === "crop") return cropping(held, from, sheet);
    const selected = editing.selected.value;
    if (held.what === "handle" && selected) {
      const { degrees } = rotation(sheet);
      return (place) => replaced(sheet, resized(selected, held.which, inImage(place), degrees));
    }
    const grasps = held.what === "mark" && (tool === "select" || held.which === editing.chosen.value);
    if (grasps) {
      editing.chosen.value = held.which;
      const mark = editing.selected.value;
      const start = inImage(from);
      const again = event.detail > 1 && mark?.kind === "text";
      if (again) lifted = () => editing.type(mark.id);
      return (place) => {
        const to = inImage(place);
        return mark && replaced(sheet, moved(mark, { x: to.x - start.x, y: to.y - start.y }));
      };
    }
    if (tool === "select") {
      // When it is lifted: a second finger may still come, to look closer at what is chosen.
      lifted = () => {
        editing.chosen.value = null;
      };
      return () => null;
    }
    editing.chosen.value = null;
    if (tool === "text") {
      // Written when the pointer is lifted: pressing it down takes the focus that the words' field needs.
      lifted = () => editing.write(inImage(from));
      return () => null;
    }
    const trail = [inImage(from)];
    let last = from;
    return (place) => {
      if (tool !== "line") trail.splice(1, trail.length, inImage(place));
      else if (Math.hypot(place.x - last.x, place.y - last.y) >= FINE) {
        trail.push(inImage(place));
        last = place;
      }
      return added(sheet, drawn(tool, nextId(sheet), editing.pen(), [...trail]));
    };
  }

  function cropping(held: Hit, from: Point, sheet: Sheet): ((place: Point) => Sheet) | null {
    const box = shown(editing.image, sheet);
    const start = viewport.inFrame(from);
    const by = (place: Point) => {
      const to = viewport.inFrame(place);
      return { x: to.x - start.x, y: to.y - start.y };
    };
    if (held.what === "crop-handle") {
      const edge = EDGES[held.which] ?? { x: 1, y: 1 };
      const at = atEdge(box, edge);
      return (place) => {
        const moving = by(place);
        const to = { x: at.x + moving.x, y: at.y + moving.y };
        const whole = frame(editing.image, sheet);
        const next =
          sheet.shape === "free" ? pulled(box, edge, to) : pulledInShape(box, edge, to, sheet.shape, whole);
        return cropped(editing.image, sheet, next);
      };
    }
    if (held.what !== "crop") return null;
    return (place) => {
      const moving = by(place);
      return cropped(editing.image, sheet, { ...box, x: box.x + moving.x, y: box.y + moving.y });
    };
  }

  function letGo() {
    if (pointer === null && !gestures.any()) canvas.hold(false);
  }

  function dropped() {
    pointer = null;
    gesture = null;
    lifted = null;
    editing.sketch.value = null;
  }

  function went(event: PointerEvent) {
    gestures.went(event);
    if (event.pointerId !== pointer || !gesture) return;
    editing.sketch.value = gesture(placeOf(event));
  }

  function ended(event: PointerEvent) {
    finish(event);
    letGo();
  }

  function finish(event: PointerEvent) {
    if (gestures.ended(event)) editing.chosen.value = null;
    if (event.pointerId !== pointer) return;
    const sketch = editing.sketch.value;
    const act = lifted;
    dropped();
    if (act && event.type === "pointerup") return act();
    if (!sketch || event.type === "pointercancel") return;
    const before = editing.now();
    const fresh = sketch.marks.length > before.marks.length ? sketch.marks.at(-1) : undefined;
    if (fresh && !meant(fresh)) return;
    if (fresh) editing.add(fresh);
    else editing.change(sketch);
  }

  const steps = [
    ["pointerdown", began],
    ["pointermove", went],
    ["pointerup", ended],
    ["pointercancel", ended],
  ] as const;
  for (const [name, act] of steps) container.addEventListener(name, act);
  return () => {
    gestures.stop();
    for (const [name, act] of steps) container.removeEventListener(name, act);
  };
}
