// What pointers do: draw with the tool in hand, or move and pull what they came down on.

import type { Editing } from "../state/editorState";
import { atEdge, cropped, EDGES, frame, pulled, rotation, shown, toPicture } from "../state/geometry";
import { added, drawn, meant, moved, nextId, replaced, resized } from "../state/marks";
import { pulledInShape } from "../state/shapes";
import type { Point, Sheet } from "../types";
import type { Board, Held } from "./canvas";
import { createFingers } from "./gestures";

/** Points of a free line closer than this on the screen are one. */
const FINE = 3;

export function createHand(container: HTMLElement, board: Board, editing: Editing) {
  let gesture: ((place: Point) => Sheet | null) | null = null;
  let pointer: number | null = null;
  let lifted: (() => void) | null = null;

  const { look } = editing;
  const fingers = createFingers(container, look);
  const { placeOf } = fingers;
  const inPicture = (place: Point) => toPicture(editing.picture, editing.now(), look.inFrame(place));

  function began(event: PointerEvent) {
    board.hold(true);
    const place = placeOf(event);
    const held = board.under(place);
    const free = held.what === "picture" && ["select", "crop"].includes(editing.tool.value);
    // A second finger takes back what the first one began.
    if (fingers.began(event, free)) return dropped();
    if (pointer !== null || event.button !== 0) return;
    gesture = gestureFor(held, place);
    if (!gesture) return letGo();
    pointer = event.pointerId;
    container.setPointerCapture(event.pointerId);
    event.preventDefault();
    container.focus({ preventScroll: true });
  }

  function gestureFor(held: Held, from: Point): ((place: Point) => Sheet | null) | null {
    const sheet = editing.now();
    const tool = editing.tool.value;
    if (tool === "crop") return cropping(held, from, sheet);
    const selected = editing.selected.value;
    if (held.what === "handle" && selected) {
      const { degrees } = rotation(sheet);
      return (place) => replaced(sheet, resized(selected, held.which, inPicture(place), degrees));
    }
    const grasps = held.what === "mark" && (tool === "select" || held.which === editing.chosen.value);
    if (grasps) {
      editing.chosen.value = held.which;
      const mark = editing.selected.value;
      const start = inPicture(from);
      return (place) => {
        const to = inPicture(place);
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
      lifted = () => editing.write(inPicture(from));
      return () => null;
    }
    const trail = [inPicture(from)];
    let last = from;
    return (place) => {
      if (tool !== "line") trail.splice(1, trail.length, inPicture(place));
      else if (Math.hypot(place.x - last.x, place.y - last.y) >= FINE) {
        trail.push(inPicture(place));
        last = place;
      }
      return added(sheet, drawn(tool, nextId(sheet), editing.pen(), [...trail]));
    };
  }

  function cropping(held: Held, from: Point, sheet: Sheet): ((place: Point) => Sheet) | null {
    const box = shown(editing.picture, sheet);
    const start = look.inFrame(from);
    const by = (place: Point) => {
      const to = look.inFrame(place);
      return { x: to.x - start.x, y: to.y - start.y };
    };
    if (held.what === "crop-handle") {
      const edge = EDGES[held.which] ?? { x: 1, y: 1 };
      const at = atEdge(box, edge);
      return (place) => {
        const moving = by(place);
        const to = { x: at.x + moving.x, y: at.y + moving.y };
        const whole = frame(editing.picture, sheet);
        const next =
          sheet.shape === "free" ? pulled(box, edge, to) : pulledInShape(box, edge, to, sheet.shape, whole);
        return cropped(editing.picture, sheet, next);
      };
    }
    if (held.what !== "crop") return null;
    return (place) => {
      const moving = by(place);
      return cropped(editing.picture, sheet, { ...box, x: box.x + moving.x, y: box.y + moving.y });
    };
  }

  function letGo() {
    if (pointer === null && !fingers.any()) board.hold(false);
  }

  function dropped() {
    pointer = null;
    gesture = null;
    lifted = null;
    editing.sketch.value = null;
  }

  function went(event: PointerEvent) {
    fingers.went(event);
    if (event.pointerId !== pointer || !gesture) return;
    editing.sketch.value = gesture(placeOf(event));
  }

  function ended(event: PointerEvent) {
    finish(event);
    letGo();
  }

  function finish(event: PointerEvent) {
    if (fingers.ended(event)) editing.chosen.value = null;
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
    fingers.stop();
    for (const [name, act] of steps) container.removeEventListener(name, act);
  };
}
