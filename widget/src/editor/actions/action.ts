// What an action of the editor is: name, icon, key and effect together, for buttons, keyboard and help alike.
import type { EditorState } from "../state/editorState";
import type { EditorIconName } from "../ui/EditorIcon";

/** `key` as in KeyboardEvent, in lower case. */
export type Press = { key: string; shift: boolean };

export type Action = {
  name: string;
  icon?: EditorIconName;
  /** Where the key works: with Ctrl, as a single letter outside text fields, or while the image has the focus. */
  on: "ctrl" | "letter" | "image";
  /** As people read it on the button. */
  keys: string;
  matches(press: Press): boolean;
  run(editing: EditorState, press: Press): void;
  /** Its row in the keyboard help, where it has one: keys, and what they do. */
  help?: readonly [string, string];
};

/** Matches a key without regard to Shift, or with it as said. */
export const onKey =
  (keys: string, shift?: boolean) =>
  (press: Press): boolean =>
    keys.split(" ").includes(press.key) && (shift === undefined || press.shift === shift);
