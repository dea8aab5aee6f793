// What lies over the image while it is worked on: the outline and handles of a mark, and the frame of a crop.
import type Konva from "konva/lib/Core.js";
import { Shape } from "konva/lib/Shape.js";
import { Circle } from "konva/lib/shapes/Circle.js";
import { Rect } from "konva/lib/shapes/Rect.js";
import { atEdge, EDGES } from "../state/geometry";
import type { Box, Point } from "../types";

/** How far from a stroke or a handle a finger may come down. */
export const FINGER = 22;

/** All in screen pixels of the canvas. */
export function outline(layer: Konva.Layer, corners: readonly Point[]): void {
  for (const [stroke, dash] of [
    ["#000", []],
    ["#fff", [5, 5]],
  ] as const)
    layer.add(
      new Shape({
        listening: false,
        sceneFunc: (context) => {
          const native = context._context;
          native.beginPath();
          for (const { x, y } of corners) native.lineTo(x, y);
          native.closePath();
          native.setLineDash([...dash]);
          native.lineWidth = 1.5;
          native.strokeStyle = stroke;
          native.stroke();
        },
      }),
    );
}

export const handle = (name: string, which: number, point: Point) =>
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

export function cropFrame(layer: Konva.Layer, box: Box, whole: Box): void {
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
