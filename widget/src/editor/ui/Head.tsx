// The editor's head: which image, undo and redo, how close it is looked at, and the two ways out.

import type { Action } from "../actions/action";
import { turnLeft, turnRight } from "../actions/turn";
import { redo, undo } from "../actions/undo";
import { whole, zoomIn, zoomOut } from "../actions/zoom";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

type Props = {
  title: string;
  editing: EditorState;
  /** There is nothing to save or to reset. */
  nothing: boolean;
  /** A copy is being made or saved. */
  busy: boolean;
  onCancel: () => void;
  onSave: () => void;
};

export const Head = ({ title, editing, nothing, busy, onCancel, onSave }: Props) => (
  <div class="bench-head">
    <h2 id="editor-title">{title}</h2>
    <div class="bench-history">
      <ActionButton action={undo} editing={editing} disabled={!editing.canUndo.value} />
      <ActionButton action={redo} editing={editing} disabled={!editing.canRedo.value} />
      <ActionButton action={turnLeft} editing={editing} />
      <ActionButton action={turnRight} editing={editing} />
      <button type="button" class="button quiet" disabled={nothing} onClick={editing.reset}>
        {locale.reset}
      </button>
    </div>
    <ZoomButtons editing={editing} />
    <div class="bench-end">
      <button type="button" class="button" onClick={onCancel}>
        {locale.cancel}
      </button>
      <button type="button" class="button primary" disabled={nothing || busy} onClick={onSave}>
        {busy ? <span class="spinner" /> : <EditorIcon name="save" />}
        {busy ? locale.saving : locale.save}
      </button>
    </div>
  </div>
);

const ZoomButtons = ({ editing }: { editing: EditorState }) => {
  const { viewport } = editing;
  return (
    <fieldset class="zooming" aria-label={locale.view}>
      <ActionButton action={zoomOut} editing={editing} off={!viewport.near.value} />
      <button
        type="button"
        class="button quiet zooming-percent"
        aria-label={locale.wholeFrom(viewport.percent.value)}
        title={locale.withKeys(whole.name, whole.keys)}
        onClick={editing.whole}
      >
        {viewport.percent.value}
      </button>
      <ActionButton action={zoomIn} editing={editing} off={viewport.atMost.value} />
    </fieldset>
  );
};

type ActionProps = {
  action: Action;
  editing: EditorState;
  /** Nothing to do now; `disabled` leaves the tab order, `off` stays in it. */
  disabled?: boolean;
  off?: boolean;
};

const ActionButton = ({ action, editing, disabled = false, off }: ActionProps) => (
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
