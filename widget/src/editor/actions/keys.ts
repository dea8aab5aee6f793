// The editor's keys: a letter for each tool, arrows to move, plus and minus to size or to look closer, and the usual undo and redo.
import type { EditorState } from "../state/editorState";
import type { Tool } from "../types";

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
  target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== "range");

/** What a key can be pressed on: `onImage`, the image itself has the focus; `letters`, single letters are keys. */
type Focus = { onImage: boolean; letters: boolean };

/** Screen pixels that an arrow key moves an enlarged image by. */
const PAN = 60;

/** Returns whether the key meant something. */
export function pressed(event: KeyboardEvent, editing: EditorState, focus: Focus): boolean {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (inField(event.target)) return false;
    if (key === "z") event.shiftKey ? editing.redo() : editing.undo();
    else if (key === "y") editing.redo();
    else return false;
    return true;
  }
  if (event.altKey || inField(event.target)) return false;
  return (
    (focus.letters && letter(key, event.shiftKey, editing)) || (focus.onImage && onTheImage(event, editing))
  );
}

function letter(key: string, back: boolean, editing: EditorState): boolean {
  const tool = (Object.keys(TOOL_KEYS) as Tool[]).find((one) => TOOL_KEYS[one].toLowerCase() === key);
  if (tool) editing.choose(tool);
  else if (key === "r") editing.turn(back ? -1 : 1);
  else if (key === "m") editing.cycle(back ? -1 : 1);
  else if (key === "z") back ? editing.farther() : editing.closer();
  else if (key === "0") editing.whole();
  else return false;
  return true;
}

function onTheImage(event: KeyboardEvent, editing: EditorState): boolean {
  const { selected, tool, viewport } = editing;
  const cropping = tool.value === "crop" && !selected.value;
  const viewing = !selected.value && !cropping;
  const step = STEPS[event.key];
  if (step) {
    const [right, down] = step;
    const sizing = event.shiftKey && cropping;
    const far = Math.max(1, Math.round((event.shiftKey && !sizing ? 1 : 10) / viewport.zoom.value));
    if (viewing) viewport.pan({ x: -right * PAN, y: -down * PAN });
    else if (sizing) editing.stretch(right, down, far);
    else editing.nudge(right, down, far);
    return true;
  }
  if (event.key === "Enter") editing.place();
  else if (event.key === "Delete" || event.key === "Backspace") editing.remove();
  else if (event.key === "+" || event.key === "=") viewing ? editing.closer() : editing.grow(1.1);
  else if (event.key === "-") viewing ? editing.farther() : editing.grow(1 / 1.1);
  else if (event.key === "]") editing.point(15);
  else if (event.key === "[") editing.point(-15);
  else return false;
  return true;
}
