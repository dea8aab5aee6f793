// Closer, farther, whole: buttons for what wheel and fingers do.
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

export const ZoomButtons = ({ editing }: { editing: EditorState }) => {
  const { viewport } = editing;
  return (
    <fieldset class="looking" aria-label="View">
      <button
        type="button"
        class="button icon-only quiet"
        aria-label="Zoom out"
        title="Zoom out (Shift + Z)"
        aria-disabled={!viewport.near.value}
        onClick={editing.farther}
      >
        <EditorIcon name="minus" />
      </button>
      <button
        type="button"
        class="button quiet looking-percent"
        aria-label={`${viewport.percent.value}, show the whole photo`}
        title="Show the whole photo (0)"
        onClick={editing.whole}
      >
        {viewport.percent.value}
      </button>
      <button
        type="button"
        class="button icon-only quiet"
        aria-label="Zoom in"
        title="Zoom in (Z)"
        aria-disabled={viewport.atMost.value}
        onClick={editing.closer}
      >
        <EditorIcon name="plus" />
      </button>
    </fieldset>
  );
};
