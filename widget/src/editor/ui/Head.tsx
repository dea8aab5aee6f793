// The editor's head: which image, undo and redo, how close it is looked at, and the two ways out.
import { redo, undo } from "../actions/undo";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { ActionButton } from "./ActionButton";
import { EditorIcon } from "./EditorIcon";
import { ZoomButtons } from "./ZoomButtons";

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
