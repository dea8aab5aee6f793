// The editor's keys: a letter for each tool, arrows to move, plus and minus to size, and the usual undo and redo.
import type { Editing, Tool } from "./desk";

export const TOOL_KEYS: Record<Tool, string> = {
  select: "V",
  crop: "C",
  arrow: "A",
  circle: "O",
  line: "L",
  text: "T",
  blur: "B",
};

const STEPS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const inField = (target: EventTarget | null) =>
  target instanceof HTMLInputElement && target.type !== "range"
    ? true
    : target instanceof HTMLTextAreaElement;

/** Returns whether the key meant something. `onPicture`: the picture itself has the focus. */
export function pressed(event: KeyboardEvent, editing: Editing, zoom: number, onPicture: boolean): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (inField(event.target)) return false;
    if (key === "z") event.shiftKey ? editing.redo() : editing.undo();
    else if (key === "y") editing.redo();
    else return false;
    return true;
  }
  if (event.altKey || inField(event.target)) return false;
  if (key === "r") {
    editing.turn(event.shiftKey ? -1 : 1);
    return true;
  }
  const tool = (Object.keys(TOOL_KEYS) as Tool[]).find((one) => TOOL_KEYS[one].toLowerCase() === key);
  if (tool) {
    editing.choose(tool);
    return true;
  }
  return onPicture && onThePicture(event, editing, zoom);
}

function onThePicture(event: KeyboardEvent, editing: Editing, zoom: number): boolean {
  const step = STEPS[event.key];
  if (step) {
    const [right, down] = step;
    const sizing = event.shiftKey && editing.tool.value === "crop" && !editing.selected.value;
    const far = Math.max(1, Math.round((event.shiftKey && !sizing ? 1 : 10) / zoom));
    if (sizing) editing.stretch(right, down, far);
    else editing.nudge(right, down, far);
    return true;
  }
  if (event.key === "Enter") editing.place();
  else if (event.key === "Delete" || event.key === "Backspace") editing.remove();
  else if (event.key === "+" || event.key === "=") editing.grow(1.1);
  else if (event.key === "-") editing.grow(1 / 1.1);
  else if (event.key === "]") editing.point(15);
  else if (event.key === "[") editing.point(-15);
  else return false;
  return true;
}
