// Turning, straightening, and the shape of the crop.
import type { EditorState } from "../state/editorState";
import { MOST_DEGREES, type Shape } from "../types";
import { EditorIcon } from "./EditorIcon";
import { MoveButtons } from "./MoveButtons";

const WORDS: Record<Shape, string> = {
  free: "Free",
  "1:1": "Square",
  "4:3": "4:3",
  "3:4": "3:4 upright",
  "3:2": "3:2",
  "2:3": "2:3 upright",
};

export function CropOptions({ editing }: { editing: EditorState }) {
  const { straighten, crop, shape } = editing.sheet.value;
  return (
    <>
      <button type="button" class="button small" onClick={() => editing.turn(-1)}>
        <EditorIcon name="left" />
        <span class="option-words">Turn left</span>
      </button>
      <button type="button" class="button small" onClick={() => editing.turn(1)}>
        <EditorIcon name="right" />
        <span class="option-words">Turn right</span>
      </button>
      <label class="straighten">
        Straighten
        <input
          type="range"
          min={-MOST_DEGREES}
          max={MOST_DEGREES}
          step="0.5"
          value={straighten}
          aria-valuetext={`${straighten} degrees`}
          onInput={(event) => editing.straighten(Number(event.currentTarget.value))}
          onChange={editing.rest}
        />
        <output>{straighten.toFixed(1)}°</output>
      </label>
      <label class="crop-shape">
        Shape
        <select value={shape} onChange={(event) => editing.shape(event.currentTarget.value as Shape)}>
          {(Object.keys(WORDS) as Shape[]).map((each) => (
            <option key={each} value={each}>
              {WORDS[each]}
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="button small" onClick={() => editing.grow(1 / 1.1)}>
        <EditorIcon name="minus" />
        <span class="option-words">Smaller</span>
      </button>
      {crop && (
        <>
          <button type="button" class="button small" onClick={() => editing.grow(1.1)}>
            <EditorIcon name="plus" />
            <span class="option-words">Larger</span>
          </button>
          <button type="button" class="button small" onClick={editing.uncrop}>
            Whole photo
          </button>
        </>
      )}
      <MoveButtons editing={editing} />
    </>
  );
}
