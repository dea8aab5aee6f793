// For somebody who is here for the first time: the three steps, until they are told to go.
import { useStore } from "../context";

const STEPS: [string, string][] = [
  ["Add photos", "From this computer, the clipboard or your phone. They stay here until you file them."],
  ["Say where on the body", "One press is enough. Side, type and label make it easier to find again."],
  ["Review and file", "Into the open patient's inbox in Evolution. Nothing is filed before you have looked."],
];

export function FirstSteps() {
  const { preferences } = useStore();
  if (!preferences.hints.value) return null;
  return (
    <section class="first-steps" aria-labelledby="first-steps-title">
      <div class="first-steps-head">
        <h2 id="first-steps-title">How it goes</h2>
        <button type="button" class="link" onClick={() => preferences.setHints(false)}>
          Don't show this again
        </button>
      </div>
      <ol>
        {STEPS.map(([step, words]) => (
          <li key={step}>
            <b>{step}</b>
            <span>{words}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
