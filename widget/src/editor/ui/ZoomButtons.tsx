// Zoom in, zoom out, the whole image: buttons for what the wheel and two fingers do.
import { whole, zoomIn, zoomOut } from "../actions/zoom";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { ActionButton } from "./ActionButton";

export const ZoomButtons = ({ editing }: { editing: EditorState }) => {
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
