// What can be set for the tool in hand or the mark that is selected.

import { place, remove } from "../../actions/marks/place";
import { TOOLS } from "../../actions/tools";
import { COLOURS } from "../../canvas/draw";
import { locale } from "../../locale";
import type { EditorState } from "../../state/editorState";
import type { Colour } from "../../types";
import { EditorIcon } from "../EditorIcon";
import { MoveButtons } from "../MoveButtons";
import { CropOptions } from "./CropOptions";

const WEIGHTS = [1, 2, 3] as const;

export function Options({ editing }: { editing: EditorState }) {
  const { tool, selected } = editing;
  const mark = selected.value;
  const inked = mark ? mark.kind !== "blur" : !["select", "crop", "blur"].includes(tool.value);
  return (
    <fieldset class="options" aria-label={locale.options}>
      {tool.value === "crop" ? <CropOptions editing={editing} /> : null}
      {mark?.kind === "text" && (
        <button type="button" class="button small" onClick={() => editing.type(mark.id)}>
          <EditorIcon name="text" />
          {locale.changeText}
        </button>
      )}
      {inked && <Colours editing={editing} />}
      {inked && <Weights editing={editing} />}
      {mark && tool.value !== "crop" && (
        <button type="button" class="button small" onClick={editing.remove}>
          <EditorIcon name="remove" />
          {remove.name}
        </button>
      )}
      {tool.value !== "crop" && <MoveButtons editing={editing} />}
      {!mark && tool.value !== "select" && tool.value !== "crop" && (
        <button type="button" class="button small" onClick={editing.place}>
          {place.name}
        </button>
      )}
      {!mark && <p class="options-hint">{TOOLS.find((one) => one.tool === tool.value)?.hint}</p>}
    </fieldset>
  );
}

const Colours = ({ editing }: { editing: EditorState }) => (
  <fieldset class="swatches" aria-label={locale.colour}>
    {(Object.keys(COLOURS) as Colour[]).map((colour) => (
      <button
        key={colour}
        type="button"
        class={`swatch swatch-${colour}`}
        aria-label={locale.colours[colour]}
        aria-pressed={(editing.selected.value?.colour ?? editing.colour.value) === colour}
        title={locale.colours[colour]}
        onClick={() => editing.paint(colour)}
      />
    ))}
  </fieldset>
);

const Weights = ({ editing }: { editing: EditorState }) => (
  <fieldset class="weights" aria-label={locale.size}>
    {WEIGHTS.map((weight) => (
      <button
        key={weight}
        type="button"
        class={`weight weight-${weight}`}
        aria-label={locale.weights[weight]}
        aria-pressed={editing.weight.value === weight}
        title={locale.weights[weight]}
        onClick={() => editing.thicken(weight)}
      />
    ))}
  </fieldset>
);
