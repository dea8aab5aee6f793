// All actions of the editor, in the order of the keyboard help.
import type { Action } from "./action";
import { move } from "./marks/move";
import { nextMark, place, remove } from "./marks/place";
import { larger, smaller } from "./marks/resize";
import { TOOLS } from "./tools";
import { point, turnLeft, turnRight } from "./turn";
import { redo, undo } from "./undo";
import { whole, zoomIn, zoomOut } from "./zoom";

export const ACTIONS: readonly Action[] = [
  ...TOOLS,
  place,
  nextMark,
  move,
  larger,
  smaller,
  point,
  remove,
  turnRight,
  turnLeft,
  zoomIn,
  zoomOut,
  whole,
  undo,
  redo,
];

/** Rows of the keyboard help: keys, and what they do. */
export const HELP = ACTIONS.flatMap(({ help }) => (help ? [help] : []));
