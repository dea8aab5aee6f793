// Zooming in and out, and showing the whole image.
import { locale } from "../locale";
import { type Action, onKey } from "./action";

export const zoomIn: Action = {
  name: locale.zoomIn,
  icon: "plus",
  on: "letter",
  keys: "Z",
  matches: onKey("z", false),
  run: (editing) => editing.closer(),
  help: ["Z, Shift + Z, 0", locale.zoomHelp],
};

export const zoomOut: Action = {
  name: locale.zoomOut,
  icon: "minus",
  on: "letter",
  keys: "Shift + Z",
  matches: onKey("z", true),
  run: (editing) => editing.farther(),
};

export const whole: Action = {
  name: locale.whole,
  on: "letter",
  keys: "0",
  matches: onKey("0"),
  run: (editing) => editing.whole(),
};
