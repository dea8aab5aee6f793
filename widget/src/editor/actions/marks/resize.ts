// Plus and minus: they size the selected mark or the crop, or zoom where neither is there.
import { locale } from "../../locale";
import type { EditorState } from "../../state/editorState";
import { type Action, onKey } from "../action";

const zooming = ({ selected, tool }: EditorState) => !selected.value && tool.value !== "crop";

export const larger: Action = {
  name: locale.larger,
  icon: "plus",
  on: "image",
  keys: "+",
  matches: onKey("+ ="),
  run: (editing) => (zooming(editing) ? editing.closer() : editing.grow(1.1)),
  help: ["+ −", locale.sizeHelp],
};

export const smaller: Action = {
  name: locale.smaller,
  icon: "minus",
  on: "image",
  keys: "−",
  matches: onKey("-"),
  run: (editing) => (zooming(editing) ? editing.farther() : editing.grow(1 / 1.1)),
};
