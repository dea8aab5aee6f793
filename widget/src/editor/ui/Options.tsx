// What can be set for the tool in hand or the mark that is selected.

import { COLOURS } from "../canvas/draw";
import type { EditorState } from "../state/editorState";
import type { Colour } from "../types";
import { CropOptions } from "./CropOptions";
import { EditorIcon } from "./EditorIcon";
import { MoveButtons } from "./MoveButtons";

const WEIGHTS = [
  [1, "Thin"],
  [2, "Medium"],
  [3, "Thick"],
] as const;

const HINTS = {
  select: "Press a mark to move it. Every mark can be moved, sized and deleted.",
  crop: "Pull the corners. Arrow keys move, + and − size, Shift with arrows changes one side.",
  arrow: "Draw from the shaft to the point.",
  circle: "Draw around what matters.",
  line: "Draw freely.",
  text: "Press where the words should stand.",
  blur: "Draw over what nobody should see. It is gone for good in the saved copy.",
} as const;

export function Options({ editing }: { editing: EditorState }) {
  const { tool, selected } = editing;
  const mark = selected.value;
  const inked = mark ? mark.kind !== "blur" : !["select", "crop", "blur"].includes(tool.value);
  return (
    <fieldset class="options" aria-label="Options">
      {tool.value === "crop" ? <CropOptions editing={editing} /> : null}
      {mark?.kind === "text" && <TextField key={mark.id} editing={editing} words={mark.words} />}
      {inked && <Colours editing={editing} />}
      {inked && <Weights editing={editing} />}
      {mark && tool.value !== "crop" && (
        <button type="button" class="button small" onClick={editing.remove}>
          <EditorIcon name="remove" />
          Delete
        </button>
      )}
      {tool.value !== "crop" && <MoveButtons editing={editing} />}
      {!mark && tool.value !== "select" && tool.value !== "crop" && (
        <button type="button" class="button small" onClick={editing.place}>
          Place in the middle
        </button>
      )}
      {!mark && <p class="options-hint">{HINTS[tool.value]}</p>}
    </fieldset>
  );
}

const Colours = ({ editing }: { editing: EditorState }) => (
  <fieldset class="swatches" aria-label="Colour">
    {(Object.keys(COLOURS) as Colour[]).map((colour) => (
      <button
        key={colour}
        type="button"
        class={`swatch swatch-${colour}`}
        aria-label={COLOURS[colour].name}
        aria-pressed={(editing.selected.value?.colour ?? editing.colour.value) === colour}
        title={COLOURS[colour].name}
        onClick={() => editing.paint(colour)}
      />
    ))}
  </fieldset>
);

const Weights = ({ editing }: { editing: EditorState }) => (
  <fieldset class="weights" aria-label="Size">
    {WEIGHTS.map(([weight, word]) => (
      <button
        key={weight}
        type="button"
        class={`weight weight-${weight}`}
        aria-label={word}
        aria-pressed={editing.weight.value === weight}
        title={word}
        onClick={() => editing.thicken(weight)}
      />
    ))}
  </fieldset>
);

const TextField = ({ editing, words }: { editing: EditorState; words: string }) => (
  <label class="words-field">
    TextMark
    <input
      type="text"
      maxLength={80}
      value={words}
      // The field appears because a text was just placed or selected: typing is what comes next.
      ref={(field) => {
        if (field && field.getAttribute("data-ready") === null) ready(field);
      }}
      onInput={(event) => editing.rewrite(event.currentTarget.value)}
      onBlur={editing.rest}
    />
  </label>
);

function ready(field: HTMLInputElement) {
  field.setAttribute("data-ready", "");
  field.focus();
  field.select();
}
