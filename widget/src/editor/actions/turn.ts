// Turning the image by a quarter, and an arrow or a line by some degrees.
import { locale } from "../locale";
import { type Action, onKey } from "./action";

const DEGREES = 15;

export const point: Action = {
  name: locale.pointHelp,
  on: "image",
  keys: "[ ]",
  matches: onKey("[ ]"),
  run: (editing, { key }) => editing.point(key === "]" ? DEGREES : -DEGREES),
  help: ["[ ]", locale.pointHelp],
};

export const turnRight: Action = {
  name: locale.turnRight,
  icon: "right",
  on: "letter",
  keys: "R",
  matches: onKey("r", false),
  run: (editing) => editing.turn(1),
  help: ["R, Shift + R", locale.turnHelp],
};

export const turnLeft: Action = {
  name: locale.turnLeft,
  icon: "left",
  on: "letter",
  keys: "Shift + R",
  matches: onKey("r", true),
  run: (editing) => editing.turn(-1),
};
