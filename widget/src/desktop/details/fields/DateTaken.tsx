// When the photo was taken, and who says so: the file's own date is proposed, and a clinician may know better.
import { useRef, useState } from "preact/hooks";
import { DateField } from "../../../shared/time/DateField";
import { dateWords } from "../../../shared/time/locale";
import { fromPractice, practiceDay } from "../../../shared/time/practiceTime";
import { readDate, readTime, typedDate } from "../../../shared/time/readDate";
import { onceDrawn } from "../../../shared/ui/drawing";
import { clockTime, dayAndTime } from "../../../shared/wording";
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
            onceDrawn(() => change.current?.focus());
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
  const { takenAt } = merged.image;
  const [day, setDay] = useState(typedDate(practiceDay(new Date(takenAt))));
  const [time, setTime] = useState(clockTime(takenAt));
  const read = readTaken(day, time);
  const wrong = read.day || read.time || read.future;
  const kept = merged.mixed.has("takenAt") ? words.datesKept : words.dateKept(dayAndTime(takenAt));
  const said = (problem: string) => problem && `${problem} ${kept}`;

  /** As both boxes are now, also before what was typed in the other one is drawn. */
  const boxes = useRef({ day, time });

  /** Each key that completes a date saves it; a year of two digits may still get two more. */
  function apply() {
    const { at } = readTaken(boxes.current.day, boxes.current.time);
    // To look and change nothing leaves the seconds, and whose date it is.
    if (at && dayAndTime(at) !== dayAndTime(takenAt)) details.change({ takenAt: at }, true);
  }
  function typed(news: { day: string } | { time: string }) {
    boxes.current = { ...boxes.current, ...news };
    setDay(boxes.current.day);
    setTime(boxes.current.time);
    if (/[0-9]{4}/.test(boxes.current.day)) apply();
  }
  function pressed(event: KeyboardEvent) {
    if (event.key === "Enter" && !wrong && (event.target as Element).tagName === "INPUT") onDone();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce its legend before each box.
    <div class="taken" role="group" aria-label={words.fields.taken} onKeyDown={pressed}>
      <div class="taken-day">
        <DateField
          label={words.takenDay}
          typed={day}
          onType={(text) => typed({ day: text })}
          problem={said(read.day)}
          onLeave={apply}
          focus
        />
      </div>
      <div class="taken-time">
        <DateField
          label={words.takenTime}
          words={dateWords.time}
          typed={time}
          onType={(text) => typed({ time: text })}
          problem={read.day ? read.time : said(read.time)}
          onLeave={apply}
        />
      </div>
      <button type="button" class="button small" disabled={wrong !== ""} onClick={onDone}>
        {words.done}
      </button>
      {read.future && (
        <p class="date-problem" role="alert">
          {said(read.future)}
        </p>
      )}
    </div>
  );
}

/** What is typed, as a moment on the practice's clock, or what is wrong with either part. */
function readTaken(day: string, time: string) {
  const { date, problem } = readDate(day);
  const clock = readTime(time);
  const at = date && clock && fromPractice(`${date}T${clock}`);
  const future = at !== "" && Date.parse(at) > Date.now();
  return {
    day: problem,
    time: clock ? "" : dateWords.notATime,
    future: future ? words.future : "",
    at: future ? "" : at,
  };
}
