// Placing a mark in the middle, going from mark to mark, and deleting the selected one.
import { locale } from "../../locale";
import { type Action, onKey } from "../action";

export const place: Action = {
  name: locale.place,
  on: "image",
  keys: "Enter",
  matches: onKey("enter"),
  run: (editing) => editing.place(),
  help: ["Enter", locale.placeHelp],
};

export const nextMark: Action = {
  name: locale.nextMark,
  on: "letter",
  keys: "M",
  matches: onKey("m"),
  run: (editing, { shift }) => editing.cycle(shift ? -1 : 1),
  help: ["M, Shift + M", locale.markHelp],
};

export const remove: Action = {
  name: locale.remove,
  icon: "remove",
  on: "image",
  keys: "Delete",
  matches: onKey("delete backspace"),
  run: (editing) => editing.remove(),
  help: ["Delete", locale.removeHelp],
};
