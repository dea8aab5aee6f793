// Finds the action that a key means, where it was pressed.
import type { EditorState } from "../state/editorState";
import type { Action } from "./action";
import { ACTIONS } from "./registry";

const inField = (target: EventTarget | null) =>
  target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && target.type !== "range");

/** `onImage`: the image itself has the focus; `letters`: single letters are keys. */
type Focus = { onImage: boolean; letters: boolean };

/** Returns whether the key meant something. */
export function pressed(event: KeyboardEvent, editing: EditorState, focus: Focus): boolean {
  const ctrl = event.ctrlKey || event.metaKey;
  if (inField(event.target) || (event.altKey && !ctrl)) return false;
  const press = { key: event.key.toLowerCase(), shift: event.shiftKey };
  const works: Record<Action["on"], boolean> = {
    ctrl,
    letter: !ctrl && focus.letters,
    image: !ctrl && focus.onImage,
  };
  const action = ACTIONS.find(({ on, matches }) => works[on] && matches(press));
  action?.run(editing, press);
  return action !== undefined;
}
