// When the photo was taken, and who says so: the file's own date is proposed, and a clinician may know better.
import { useEffect, useRef, useState } from "preact/hooks";
import { fromPractice } from "../../../shared/time/practiceTime";
import { dateTimeInput, dayAndTime } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";
import type { Merged } from "../subjects";
import { Field } from "./Field";

const words = locale.details;

export function DateTaken({ merged }: { merged: Merged }) {
  const [changing, setChanging] = useState(false);
  const change = useRef<HTMLButtonElement>(null);
  const { image } = merged;
  const mixed = merged.mixed.has("takenAt");
  if (changing)
    return (
      <Field name={words.fields.taken} mixed={mixed}>
        <DateInput
          merged={merged}
          onDone={() => {
            setChanging(false);
            requestAnimationFrame(() => change.current?.focus());
          }}
        />
      </Field>
    );
  return (
    <Field name={words.fields.taken} mixed={mixed}>
      <p class="taken">
        <span>
          {!mixed && (
            <>
              <b>{dayAndTime(image.takenAt)}</b>{" "}
              <span class="taken-source">{words.takenSources[image.takenAtSource]}</span>
            </>
          )}
        </span>
        <button
          ref={change}
          type="button"
          class="button small"
          aria-label={words.changeTaken}
          onClick={() => setChanging(true)}
        >
          {words.change}
        </button>
      </p>
    </Field>
  );
}

/** The future is refused here already; the server refuses it too. */
function DateInput({ merged, onDone }: { merged: Merged; onDone: () => void }) {
  const { details } = useStore();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => input.current?.focus(), []);
  const future = typed !== null && typed !== "" && Date.parse(fromPractice(typed)) > Date.now();
  return (
    <>
      <p class="taken">
        <input
          ref={input}
          type="datetime-local"
          autocomplete="off"
          aria-label={words.fields.taken}
          aria-invalid={future}
          aria-describedby={future ? "taken-problem" : "taken-zone"}
          max={dateTimeInput(new Date().toISOString())}
          value={typed ?? dateTimeInput(merged.image.takenAt)}
          onInput={(event) => {
            const { value } = event.currentTarget;
            setTyped(value);
            const takenAt = value && fromPractice(value);
            if (takenAt && Date.parse(takenAt) <= Date.now()) details.change({ takenAt }, true);
          }}
          onKeyDown={(event) => event.key === "Enter" && !future && onDone()}
        />
        <button type="button" class="button small" disabled={future} onClick={onDone}>
          {words.done}
        </button>
      </p>
      <p id="taken-zone" class="unseen">
        {words.takenZone}
      </p>
      {future && (
        <p id="taken-problem" class="field-problem" role="alert">
          {words.future}
        </p>
      )}
    </>
  );
}
