// Undo and redo.
import { locale } from "../locale";
import { type Action, onKey } from "./action";

export const undo: Action = {
  name: locale.undo,
  icon: "undo",
  on: "ctrl",
  keys: "Ctrl + Z",
  matches: onKey("z", false),
  run: (editing) => editing.undo(),
  help: ["Ctrl + Z, Ctrl + Y", locale.undoRedo],
};

export const redo: Action = {
  name: locale.redo,
  icon: "redo",
  on: "ctrl",
  keys: "Ctrl + Y",
  matches: (press) => press.key === "y" || (press.key === "z" && press.shift),
  run: (editing) => editing.redo(),
};
