// The image on the screen with everything on it, on a Konva stage, and what a pointer comes down on.
import Konva from "konva/lib/Core.js";
import type { EditorState } from "../state/editorState";
import { frame, rotation, shown, toFrame } from "../state/geometry";
import { bounds, handles } from "../state/marks";
import type { Box, Mark, Point, Sheet } from "../types";
import { drawMark, trace } from "./draw";
import { cropFrame, FINGER, handle, outline } from "./overlay";
import { createPreview } from "./preview";

/** What a pointer came down on. */
export type Hit = { what: "handle" | "mark" | "crop" | "crop-handle" | "photo"; which: number };

export function createCanvas(container: HTMLDivElement, source: ImageBitmap, editing: EditorState) {
  const { viewport } = editing;
  const stage = new Konva.Stage({ container, width: 1, height: 1 });
  const layer = new Konva.Layer();
  stage.add(layer);
  const preview = createPreview(source);

  let busy = false;

  /** Measures the canvas's element when it changes size; later if something is being dragged, so that it does not jump. */
  function measure() {
    if (busy) return;
    viewport.room.value = {
      x: Math.max(1, container.clientWidth),
      y: Math.max(1, container.clientHeight),
    };
  }

  /** While a pointer is down, options may come and go around the canvas. */
  function hold(on: boolean) {
    busy = on;
    measure();
  }

  function show() {
    const sheet = editing.sheet.value;
    const cropping = editing.tool.value === "crop";
    const { x: width, y: height } = viewport.room.value;
    stage.size({ width, height });
    layer.destroyChildren();
    layer.add(imageGroup(sheet, onScreen(cropping ? frame(source, sheet) : shown(source, sheet))));
    if (cropping) cropFrame(layer, onScreen(shown(source, sheet)), onScreen(frame(source, sheet)));
    else if (editing.selected.value) addHandles(editing.selected.value, sheet);
    layer.batchDraw();
  }

  const onScreen = (box: Box): Box => ({
    ...viewport.onCanvas(box),
    width: box.width * viewport.zoom.value,
    height: box.height * viewport.zoom.value,
  });

  function imageGroup(sheet: Sheet, clip: Box) {
    const { degrees } = rotation(sheet);
    const zoom = viewport.zoom.value;
    const outer = new Konva.Group({ clip });
    const inner = new Konva.Group({
      ...viewport.onCanvas({ x: 0, y: 0 }),
      scaleX: zoom,
      scaleY: zoom,
      rotation: degrees,
      offsetX: source.width / 2,
      offsetY: source.height / 2,
    });
    for (const piece of preview.pieces(sheet, zoom * devicePixelRatio)) inner.add(piece);
    for (const mark of sheet.marks) inner.add(markShape(mark, degrees));
    outer.add(inner);
    return outer;
  }

  function markShape(mark: Mark, degrees: number) {
    const filled = mark.kind === "text" || mark.kind === "blur";
    const box = bounds(mark, degrees);
    return new Konva.Shape({
      id: String(mark.id),
      name: "mark",
      stroke: "#000",
      fill: filled ? "#000" : "transparent",
      hitStrokeWidth: Math.max(mark.size * 2, FINGER / viewport.zoom.value),
      sceneFunc: (context) => drawMark(context._context, mark, degrees),
      hitFunc: (context, self) => {
        context.beginPath();
        if (filled) context.rect(box.x, box.y, box.width, box.height);
        else trace(context._context, mark);
        context.fillStrokeShape(self);
      },
    });
  }

  function addHandles(mark: Mark, sheet: Sheet) {
    const { degrees } = rotation(sheet);
    const corners = handles(mark, degrees).map((point) => viewport.onCanvas(toFrame(source, sheet, point)));
    if (mark.kind !== "arrow") outline(layer, corners);
    corners.forEach((point, which) => {
      layer.add(handle("handle", which, point));
    });
  }

  /** What lies under a place on the stage, topmost first. */
  function under(place: Point): Hit {
    const shape = stage.getIntersection(place);
    const name = shape?.name();
    if (name === "handle" || name === "mark" || name === "crop" || name === "crop-handle")
      return { what: name, which: Number(shape?.id()) };
    return { what: "photo", which: 0 };
  }

  return { measure, hold, show, under, destroy: () => stage.destroy() };
}

export type EditorCanvas = ReturnType<typeof createCanvas>;
