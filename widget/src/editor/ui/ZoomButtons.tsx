// Closer, farther, whole: buttons for what wheel and fingers do.
import type { Editing } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

export const Looking = ({ editing }: { editing: Editing }) => {
  const { look } = editing;
  return (
    <fieldset class="looking" aria-label="View">
      <button
        type="button"
        class="button icon-only quiet"
        aria-label="Zoom out"
        title="Zoom out (Shift + Z)"
        aria-disabled={!look.near.value}
        onClick={editing.farther}
      >
        <EditorIcon name="minus" />
      </button>
      <button
        type="button"
        class="button quiet looking-percent"
        aria-label={`${look.percent.value}, show the whole picture`}
        title="Show the whole picture (0)"
        onClick={editing.whole}
      >
        {look.percent.value}
      </button>
      <button
        type="button"
        class="button icon-only quiet"
        aria-label="Zoom in"
        title="Zoom in (Z)"
        aria-disabled={look.atMost.value}
        onClick={editing.closer}
      >
        <EditorIcon name="plus" />
      </button>
    </fieldset>
  );
};
