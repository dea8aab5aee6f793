// A date or a time in a text box, day first. The browser's own control puts the month first where its language does.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { dateWords } from "./locale";
import "./dateField.css";

type Props = {
  label: string;
  words?: { hint: string; how: string };
  typed: string;
  onType: (typed: string) => void;
  /** What is wrong with it. It is said when the clinician leaves the box, not at each key. */
  problem: string;
  /** Enter, or the focus goes elsewhere. */
  onLeave?: () => void;
  focus?: boolean;
};

export function DateField({
  label,
  words = dateWords.date,
  typed,
  onType,
  problem,
  onLeave,
  focus = false,
}: Props) {
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  const [left, setLeft] = useState(true);
  const wrong = left && problem !== "";
  useEffect(() => {
    if (focus) box.current?.select();
  }, []);
  function leave() {
    setLeft(true);
    onLeave?.();
  }
  return (
    <>
      <input
        ref={box}
        type="text"
        inputMode="numeric"
        autocomplete="off"
        spellcheck={false}
        placeholder={words.hint}
        aria-label={label}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-wrong` : `${id}-how`}
        value={typed}
        onInput={(event) => {
          setLeft(false);
          onType(event.currentTarget.value);
        }}
        onBlur={leave}
        onKeyDown={(event) => event.key === "Enter" && leave()}
      />
      <span id={`${id}-how`} class="unseen">
        {words.how}
      </span>
      {wrong && (
        <span id={`${id}-wrong`} class="date-problem" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
