// How marks look, on the screen and in the saved image alike: each stroke has an outline, so that it shows on any skin.
import { type Arrow, type Colour, LETTER, type Mark, type Point } from "../types";

export const COLOURS: Record<Colour, { ink: string; edge: string }> = {
  yellow: { ink: "#ffd60a", edge: "#1a1a1a" },
  cyan: { ink: "#22d3ee", edge: "#0b2530" },
  white: { ink: "#ffffff", edge: "#1a1a1a" },
  red: { ink: "#d90429", edge: "#ffffff" },
  black: { ink: "#111111", edge: "#ffffff" },
};

const FONT = '"Segoe UI", "Noto Sans", "DejaVu Sans", Arial, sans-serif';
const fontOf = (size: number) => `700 ${size * LETTER}px ${FONT}`;

/** How wide words will be, in pixels of the image. */
export function textWidth(context: CanvasRenderingContext2D, words: string, size: number): number {
  context.save();
  context.font = fontOf(size);
  const { width } = context.measureText(words);
  context.restore();
  return width;
}

/** Draws in the image's own coordinates; `degrees` is how far the image is turned. */
export function drawMark(context: CanvasRenderingContext2D, mark: Mark, degrees: number): void {
  if (mark.kind === "blur") return;
  const { ink, edge } = COLOURS[mark.colour];
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  if (mark.kind === "text") {
    context.translate(mark.at.x, mark.at.y);
    context.rotate((-degrees * Math.PI) / 180);
    context.font = fontOf(mark.size);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.strokeStyle = edge;
    context.lineWidth = mark.size * 1.5;
    context.strokeText(mark.words, 0, 0);
    context.fillStyle = ink;
    context.fillText(mark.words, 0, 0);
  } else {
    for (const [style, width] of [
      [edge, mark.size * 1.9],
      [ink, mark.size],
    ] as const) {
      context.strokeStyle = style;
      context.fillStyle = style;
      context.lineWidth = width;
      context.beginPath();
      trace(context, mark);
      context.stroke();
      if (mark.kind === "arrow") drawHead(context, mark);
    }
  }
  context.restore();
}

/** The path of a mark, for stroking it or for feeling whether a pointer is on it. */
export function trace(
  context: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "quadraticCurveTo" | "ellipse">,
  mark: Mark,
) {
  if (mark.kind === "arrow") {
    const base = neck(mark);
    context.moveTo(mark.from.x, mark.from.y);
    context.lineTo(base.x, base.y);
  } else if (mark.kind === "circle") {
    const { x, y, width, height } = mark.box;
    context.ellipse(x + width / 2, y + height / 2, width / 2, height / 2, 0, 0, Math.PI * 2);
  } else if (mark.kind === "line") {
    smooth(context, mark.points);
  }
}

/** Through the middles between points, so that a shaky hand looks less so. */
function smooth(
  context: Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "quadraticCurveTo">,
  points: readonly Point[],
) {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return;
  context.moveTo(first.x, first.y);
  points.slice(1, -1).forEach((point, at) => {
    const next = points[at + 2] ?? point;
    context.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2);
  });
  context.lineTo(last.x, last.y);
}

const headLength = (arrow: Arrow) =>
  Math.min(arrow.size * 5, Math.hypot(arrow.to.x - arrow.from.x, arrow.to.y - arrow.from.y) * 0.6);

/** Where the shaft ends and the head begins. */
function neck(arrow: Arrow): Point {
  const angle = Math.atan2(arrow.to.y - arrow.from.y, arrow.to.x - arrow.from.x);
  const back = headLength(arrow) * 0.8;
  return { x: arrow.to.x - Math.cos(angle) * back, y: arrow.to.y - Math.sin(angle) * back };
}

function drawHead(context: CanvasRenderingContext2D, arrow: Arrow) {
  const angle = Math.atan2(arrow.to.y - arrow.from.y, arrow.to.x - arrow.from.x);
  const length = headLength(arrow);
  context.beginPath();
  context.moveTo(arrow.to.x, arrow.to.y);
  for (const side of [-1, 1]) {
    const at = angle + side * 0.46;
    context.lineTo(arrow.to.x - Math.cos(at) * length, arrow.to.y - Math.sin(at) * length);
  }
  context.closePath();
  context.fill();
  context.lineWidth *= 0.5;
  context.stroke();
}
