// The editor's head: which image, undo and redo, how close it is looked at, and the two ways out.
import type { EditorState } from "../state/editorState";
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
      <Step name="undo" words="Undo" keys="Ctrl + Z" can={editing.canUndo.value} act={editing.undo} />
      <Step name="redo" words="Redo" keys="Ctrl + Y" can={editing.canRedo.value} act={editing.redo} />
      <button type="button" class="button quiet" disabled={nothing} onClick={editing.reset}>
        Reset
      </button>
    </div>
    <ZoomButtons editing={editing} />
    <div class="bench-end">
      <button type="button" class="button" onClick={onCancel}>
        Cancel
      </button>
      <button type="button" class="button primary" disabled={nothing || busy} onClick={onSave}>
        {busy ? <span class="spinner" /> : <EditorIcon name="save" />}
        {busy ? "Saving…" : "Save as a copy"}
      </button>
    </div>
  </div>
);

type StepProps = { name: "undo" | "redo"; words: string; keys: string; can: boolean; act: () => void };

const Step = ({ name, words, keys, can, act }: StepProps) => (
  <button
    type="button"
    class="button icon-only quiet"
    aria-label={words}
    title={`${words} (${keys})`}
    disabled={!can}
    onClick={act}
  >
    <EditorIcon name={name} />
  </button>
);
