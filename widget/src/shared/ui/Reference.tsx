// What support finds a problem by, with a button that copies it. Nothing shows when the gateway gave no reference.
import { useRef, useState } from "preact/hooks";
import { sharedWords } from "../locale";

type Outcome = "" | "copied" | "selected";

const words = sharedWords.reference;
const LABELS = { "": words.copy, copied: words.copied, selected: words.selected };

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
        {words.name} <code ref={text}>{of}</code>
      </span>
      <button type="button" class="button small quiet" onClick={() => void copy()}>
        {LABELS[outcome]}
        {outcome === "" && <span class="unseen">{words.copyOf}</span>}
      </button>
      <span class="unseen" role="status">
        {outcome && LABELS[outcome]}
      </span>
    </span>
  );
}

/** Returns false if the browser refuses; then the text is selected, ready for Ctrl + C. */
export async function copyText(element: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }
}
