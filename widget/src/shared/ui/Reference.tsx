// What support finds a problem by, with a button that copies it. Nothing shows when the gateway gave no reference.
import { useRef, useState } from "preact/hooks";
import { copyText } from "./copyText";

type Outcome = "" | "copied" | "selected";

const WORDS = { "": "Copy", copied: "Copied", selected: "Press Ctrl + C" } as const;

export function Reference({ of }: { of: string | null | undefined }) {
  const text = useRef<HTMLElement>(null);
  const [outcome, setOutcome] = useState<Outcome>("");
  if (!of) return null;
  async function copy() {
    if (text.current) setOutcome((await copyText(text.current)) ? "copied" : "selected");
  }
  return (
    <span class="reference">
      <span>
        Reference <code ref={text}>{of}</code>
      </span>
      <button type="button" class="button small quiet" onClick={() => void copy()}>
        {WORDS[outcome]}
        {outcome === "" && <span class="unseen"> reference</span>}
      </button>
      <span class="unseen" role="status">
        {outcome && WORDS[outcome]}
      </span>
    </span>
  );
}
