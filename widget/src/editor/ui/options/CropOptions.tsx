// Straightening, and the shape and size of the crop.
import { locale } from "../../locale";
import type { EditorState } from "../../state/editorState";
import { MOST_DEGREES, type Shape } from "../../types";
import { EditorIcon } from "../EditorIcon";
import { MoveButtons } from "../MoveButtons";

export function CropOptions({ editing }: { editing: EditorState }) {
  const { straighten, crop, shape } = editing.sheet.value;
  return (
    <>
      <label class="straighten">
        {locale.straighten}
        <input
          type="range"
          min={-MOST_DEGREES}
          max={MOST_DEGREES}
          step="0.5"
          value={straighten}
          aria-valuetext={locale.degrees(straighten)}
          onInput={(event) => editing.straighten(Number(event.currentTarget.value))}
          onChange={editing.rest}
        />
        <output>{straighten.toFixed(1)}°</output>
      </label>
      <label class="crop-shape">
        {locale.shape}
        <select value={shape} onChange={(event) => editing.shape(event.currentTarget.value as Shape)}>
          {(Object.keys(locale.shapes) as Shape[]).map((each) => (
            <option key={each} value={each}>
              {locale.shapes[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button small" onClick={() => editing.grow(1 / 1.1)}>
        <EditorIcon name="minus" />
        <span class="option-words">{locale.smaller}</span>
      </button>
      {crop && (
        <>
          <button type="button" class="button small" onClick={() => editing.grow(1.1)}>
            <EditorIcon name="plus" />
            <span class="option-words">{locale.larger}</span>
          </button>
          <button type="button" class="button small" onClick={editing.uncrop}>
            {locale.uncrop}
          </button>
        </>
      )}
      <MoveButtons editing={editing} />
    </>
  );
}
