// A button with an action's icon, and its name and key as its label.
import type { Action } from "../actions/action";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

type Props = {
  action: Action;
  editing: EditorState;
  /** Nothing to do now; `disabled` leaves the tab order, `off` stays in it. */
  disabled?: boolean;
  off?: boolean;
};

export const ActionButton = ({ action, editing, disabled = false, off }: Props) => (
  <button
    type="button"
    class="button icon-only quiet"
    aria-label={action.name}
    title={locale.withKeys(action.name, action.keys)}
    disabled={disabled}
    {...(off !== undefined && { "aria-disabled": off })}
    onClick={() => action.run(editing, { key: "", shift: false })}
  >
    {action.icon && <EditorIcon name={action.icon} />}
  </button>
);
