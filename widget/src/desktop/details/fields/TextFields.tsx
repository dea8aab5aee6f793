// The parts of the details that are typed or ticked: label, note, sensitive.
import { useState } from "preact/hooks";
import type { Image } from "../../../api/types";
import { tooLong } from "../../../shared/textLength";
import { ChipGroup } from "../../../shared/ui/ChipGroup";
import { useStore } from "../../context";
import { locale } from "../../locale";
import { suggestLabels } from "../lesion/labels";
import type { Merged } from "../subjects";
import { Field } from "./Field";

const words = locale.details;

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

function useWords({ image, images }: Merged, field: "label" | "notes") {
  const { details } = useStore();
  const typing = useTyped(
    image[field],
    (text) => details.change({ [field]: text }, true),
    () => {
      for (const { id } of images) if (details.drafts.value.has(id)) void details.save(id);
    },
  );
  return { ...typing, "aria-invalid": tooLong({ [field]: typing.value }) !== "" };
}

export function LabelField({ merged }: { merged: Merged }) {
  const mixed = merged.mixed.has("label");
  return (
    <Field name={words.fields.label} mixed={mixed}>
      <input
        type="text"
        aria-label={words.fields.label}
        placeholder={mixed ? words.mixed : words.labelHint}
        autocomplete="off"
        {...useWords(merged, "label")}
      />
      <LabelChips merged={merged} />
    </Field>
  );
}

function LabelChips({ merged }: { merged: Merged }) {
  const { images, details } = useStore();
  const ours = new Set(merged.images.map(({ id }) => id));
  const others = images.all.value.filter(({ id }) => !ours.has(id)).map(details.described);
  const labels = suggestLabels(merged.image, others);
  return (
    <div class="label-chips">
      <ChipGroup
        label={words.suggestions}
        choices={labels.map((label) => ({ value: label, label }))}
        value={null}
        onChoose={(label) => label && details.change({ label })}
      />
    </div>
  );
}

export function NoteField({ merged }: { merged: Merged }) {
  const mixed = merged.mixed.has("notes");
  return (
    <Field name={words.fields.note} mixed={mixed}>
      <textarea
        aria-label={words.fields.note}
        autocomplete="off"
        rows={2}
        placeholder={mixed ? words.mixed : undefined}
        {...useWords(merged, "notes")}
      />
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
        onChange={(event) => details.change({ sensitive: event.currentTarget.checked })}
      />
      <span>
        {words.sensitive}
        <small>{words.sensitiveHint}</small>
      </span>
    </label>
  );
}
