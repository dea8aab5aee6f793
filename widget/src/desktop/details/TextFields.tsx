// The parts of the details that are typed or ticked: label, note, date taken, sensitive.
import { useState } from "preact/hooks";
import type { Image } from "../../api/types";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { localInput, withOffset } from "../../shared/wording";
import { useStore } from "../context";
import { locale } from "../locale";
import { Field } from "./Field";
import { suggestLabels } from "./labels";

const words = locale.details;

const LABEL_LENGTH = 60;
const NOTE_LENGTH = 2000;

/** What is in the box while it is being typed: the server trims, and a trimmed answer must not move the cursor. */
function useTyped(saved: string, save: (text: string) => void, leave: () => void) {
  const [typed, setTyped] = useState<string | null>(null);
  return {
    value: typed ?? saved,
    onInput: (event: { currentTarget: { value: string } }) => {
      setTyped(event.currentTarget.value);
      save(event.currentTarget.value);
    },
    onBlur: () => {
      setTyped(null);
      leave();
    },
  };
}

function useWords(image: Image, field: "label" | "notes") {
  const { details } = useStore();
  return useTyped(
    image[field],
    (text) => details.edit(image.id, { [field]: text }, true),
    () => details.drafts.value.has(image.id) && void details.save(image.id),
  );
}

export function LabelField({ image }: { image: Image }) {
  return (
    <Field name={words.fields.label} image={image}>
      <input
        type="text"
        aria-label={words.fields.label}
        placeholder={words.labelHint}
        autocomplete="off"
        maxLength={LABEL_LENGTH}
        {...useWords(image, "label")}
      />
      <LabelChips image={image} />
    </Field>
  );
}

function LabelChips({ image }: { image: Image }) {
  const { images, details } = useStore();
  const others = images.all.value.filter((other) => other.id !== image.id).map(details.described);
  const labels = suggestLabels(image, others);
  if (labels.length === 0) return null;
  return (
    <div class="label-chips">
      <ChipGroup
        label={words.suggestions}
        choices={labels.map((label) => ({ value: label, label }))}
        value={null}
        onChoose={(label) => label && details.edit(image.id, { label })}
      />
    </div>
  );
}

export function NoteField({ image }: { image: Image }) {
  return (
    <Field name={words.fields.note} image={image} copies="notes">
      <textarea
        aria-label={words.fields.note}
        rows={2}
        maxLength={NOTE_LENGTH}
        {...useWords(image, "notes")}
      />
    </Field>
  );
}

/** The future is refused here already; the server refuses it too. */
export function DateTaken({ image }: { image: Image }) {
  const { details } = useStore();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? localInput(image.takenAt);
  const future = typed !== null && typed !== "" && new Date(typed).getTime() > Date.now();
  return (
    <Field name={words.fields.taken} image={image} copies="takenAt">
      <input
        type="datetime-local"
        aria-label={words.fields.taken}
        aria-invalid={future}
        aria-describedby={future ? "taken-problem" : undefined}
        max={localInput(new Date().toISOString())}
        value={shown}
        onInput={(event) => {
          const value = event.currentTarget.value;
          setTyped(value);
          if (value && new Date(value).getTime() <= Date.now())
            details.edit(image.id, { takenAt: withOffset(value) }, true);
        }}
        onBlur={() => !future && setTyped(null)}
      />
      {future && (
        <p id="taken-problem" class="field-problem" role="alert">
          {words.future}
        </p>
      )}
    </Field>
  );
}

export function SensitiveField({ image }: { image: Image }) {
  const { details } = useStore();
  return (
    <label class="switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={image.sensitive}
        checked={image.sensitive}
        onChange={(event) => details.edit(image.id, { sensitive: event.currentTarget.checked })}
      />
      <span>
        {words.sensitive}
        <small>{words.sensitiveHint}</small>
      </span>
    </label>
  );
}
