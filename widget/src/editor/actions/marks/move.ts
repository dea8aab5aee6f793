// Arrow keys: they move the selected mark or the crop, change one side of the crop, or move the enlarged image.
import { locale } from "../../locale";
import { type Action, onKey } from "../action";

/** Screen pixels that an arrow key moves an enlarged image by. */
const PAN = 60;
const STEPS: Record<string, [number, number]> = {
  arrowleft: [-1, 0],
  arrowright: [1, 0],
  arrowup: [0, -1],
  arrowdown: [0, 1],
};

export const move: Action = {
  name: locale.moveMark,
  on: "image",
  keys: "← → ↑ ↓",
  matches: onKey(Object.keys(STEPS).join(" ")),
  run(editing, { key, shift }) {
    const { selected, tool, viewport } = editing;
    const [right, down] = STEPS[key] ?? [0, 0];
    const cropping = tool.value === "crop" && !selected.value;
    const sizing = shift && cropping;
    const far = Math.max(1, Math.round((shift && !sizing ? 1 : 10) / viewport.zoom.value));
    if (!selected.value && !cropping) viewport.pan({ x: -right * PAN, y: -down * PAN });
    else if (sizing) editing.stretch(right, down, far);
    else editing.nudge(right, down, far);
  },
  help: ["← → ↑ ↓", locale.moveHelp],
};
