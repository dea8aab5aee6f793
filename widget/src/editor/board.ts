// The picture on the screen with everything on it, on a Konva stage: shows the sheet and leads pointers to the hand.
import Konva from "konva/lib/Core.js";
import { Circle } from "konva/lib/shapes/Circle.js";
import { Image as Photograph } from "konva/lib/shapes/Image.js";
import { Rect } from "konva/lib/shapes/Rect.js";
import { blurCanvas } from "./blur";
import type { Editing } from "./desk";
import { drawMark, trace } from "./draw";
import { atEdge, EDGES, frame, rotation, shown, toFrame } from "./geometry";
import { bounds, handles } from "./marks";
import { blursOf } from "./render";
import type { Box, Mark, Point, Sheet } from "./types";

const PREVIEW_EDGE = 1_800;
const ROOM = 28;
const FINGER = 22;

/** What a pointer came down on. */
export type Held = { what: "handle" | "mark" | "crop" | "crop-handle" | "picture"; which: number };

export function createBoard(container: HTMLDivElement, source: ImageBitmap, editing: Editing) {
  const stage = new Konva.Stage({ container, width: 1, height: 1 });
  const layer = new Konva.Layer();
  stage.add(layer);
  const scale = Math.min(1, PREVIEW_EDGE / Math.max(source.width, source.height));
  const preview = document.createElement("canvas");
  preview.width = Math.max(1, Math.round(source.width * scale));
  preview.height = Math.max(1, Math.round(source.height * scale));
  const brush = preview.getContext("2d", { willReadFrequently: true });
  let blurred = "unset";
  /** Screen pixels for one pixel of the picture, and where the frame's middle is. */
  let zoom = 1;
  let origin: Point = { x: 0, y: 0 };

  function refreshPreview(sheet: Sheet) {
    const blurs = blursOf(sheet);
    const now = JSON.stringify(blurs.map((blur) => blur.box));
    if (!brush || now === blurred) return;
    blurred = now;
    brush.imageSmoothingQuality = "high";
    brush.drawImage(source, 0, 0, preview.width, preview.height);
    blurCanvas(brush, source, blurs, preview.width / source.width);
  }

  function show() {
    const sheet = editing.sheet.value;
    const cropping = editing.tool.value === "crop";
    const box = cropping ? frame(source, sheet) : shown(source, sheet);
    const room = cropping ? ROOM : ROOM / 2;
    const [width, height] = [Math.max(1, container.clientWidth), Math.max(1, container.clientHeight)];
    zoom = Math.max(0.001, Math.min((width - room * 2) / box.width, (height - room * 2) / box.height, 4));
    origin = {
      x: width / 2 - (box.x + box.width / 2) * zoom,
      y: height / 2 - (box.y + box.height / 2) * zoom,
    };
    stage.size({ width, height });
    layer.destroyChildren();
    refreshPreview(sheet);
    layer.add(pictureGroup(sheet, onScreen(box)));
    if (cropping) addCrop(onScreen(shown(source, sheet)), onScreen(box));
    else if (editing.selected.value) addHandles(editing.selected.value, sheet);
    layer.batchDraw();
  }

  const screenPoint = (point: Point): Point => ({
    x: origin.x + point.x * zoom,
    y: origin.y + point.y * zoom,
  });
  const onScreen = (box: Box): Box => ({
    ...screenPoint(box),
    width: box.width * zoom,
    height: box.height * zoom,
  });

  function pictureGroup(sheet: Sheet, clip: Box) {
    const { degrees } = rotation(sheet);
    const outer = new Konva.Group({ clip });
    const inner = new Konva.Group({
      ...origin,
      scaleX: zoom,
      scaleY: zoom,
      rotation: degrees,
      offsetX: source.width / 2,
      offsetY: source.height / 2,
    });
    inner.add(new Photograph({ image: preview, width: source.width, height: source.height }));
    for (const mark of sheet.marks) inner.add(markShape(mark, degrees));
    outer.add(inner);
    return outer;
  }

  function markShape(mark: Mark, degrees: number) {
    const filled = mark.kind === "text" || mark.kind === "blur";
    const box = bounds(mark, degrees);
    const shape = new Konva.Shape({
      id: String(mark.id),
      name: "mark",
      stroke: "#000",
      fill: filled ? "#000" : "transparent",
      hitStrokeWidth: Math.max(mark.size * 2, FINGER / zoom),
      sceneFunc: (context) => drawMark(context._context, mark, degrees),
      hitFunc: (context, self) => {
        context.beginPath();
        if (filled) context.rect(box.x, box.y, box.width, box.height);
        else trace(context._context, mark);
        context.fillStrokeShape(self);
      },
    });
    return shape;
  }

  function addHandles(mark: Mark, sheet: Sheet) {
    const { degrees } = rotation(sheet);
    const corners = handles(mark, degrees).map((point) => screenPoint(toFrame(source, sheet, point)));
    if (mark.kind !== "arrow") {
      const outline = corners.flatMap(({ x, y }) => [x, y]);
      for (const [stroke, dash] of [
        ["#000", []],
        ["#fff", [5, 5]],
      ] as const)
        layer.add(
          new Konva.Shape({
            listening: false,
            sceneFunc: (context) => {
              const native = context._context;
              native.beginPath();
              for (let at = 0; at < outline.length; at += 2)
                native.lineTo(outline[at] ?? 0, outline[at + 1] ?? 0);
              native.closePath();
              native.setLineDash([...dash]);
              native.lineWidth = 1.5;
              native.strokeStyle = stroke;
              native.stroke();
            },
          }),
        );
    }
    corners.forEach((point, which) => {
      layer.add(handle("handle", which, point));
    });
  }

  const handle = (name: string, which: number, point: Point) =>
    new Circle({
      ...point,
      name,
      id: String(which),
      radius: 7,
      fill: "#fff",
      stroke: "#17588f",
      strokeWidth: 3,
      hitStrokeWidth: FINGER,
    });

  function addCrop(box: Box, whole: Box) {
    const dark = { fill: "rgb(0 0 0 / 55%)", listening: false };
    const right = box.x + box.width;
    const bottom = box.y + box.height;
    layer.add(
      new Rect({ ...whole, height: box.y - whole.y, ...dark }),
      new Rect({ ...whole, y: bottom, height: whole.y + whole.height - bottom, ...dark }),
      new Rect({ x: whole.x, y: box.y, width: box.x - whole.x, height: box.height, ...dark }),
      new Rect({ x: right, y: box.y, width: whole.x + whole.width - right, height: box.height, ...dark }),
      new Rect({
        ...box,
        name: "crop",
        fill: "transparent",
        stroke: "#fff",
        strokeWidth: 2,
        shadowColor: "#000",
        shadowBlur: 4,
      }),
    );
    for (const part of [1 / 3, 2 / 3]) {
      const line = { fill: "rgb(255 255 255 / 45%)", listening: false };
      layer.add(
        new Rect({ x: box.x + box.width * part, y: box.y, width: 1, height: box.height, ...line }),
        new Rect({ x: box.x, y: box.y + box.height * part, width: box.width, height: 1, ...line }),
      );
    }
    EDGES.forEach((edge, which) => {
      layer.add(handle("crop-handle", which, atEdge(box, edge)));
    });
  }

  /** What lies under a place on the stage, topmost first. */
  function under(place: Point): Held {
    const shape = stage.getIntersection(place);
    const name = shape?.name();
    if (name === "handle" || name === "mark" || name === "crop" || name === "crop-handle")
      return { what: name, which: Number(shape?.id()) };
    return { what: "picture", which: 0 };
  }

  /** A place on the stage, measured from the frame's middle in pixels of the picture. */
  const inFrame = ({ x, y }: Point): Point => ({ x: (x - origin.x) / zoom, y: (y - origin.y) / zoom });

  return { show, under, inFrame, zoom: () => zoom, destroy: () => stage.destroy() };
}

export type Board = ReturnType<typeof createBoard>;
