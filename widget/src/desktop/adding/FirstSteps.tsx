// For somebody who is here for the first time: the three steps, until they are told to go.
import { useStore } from "../context";
import { locale } from "../locale";

const words = locale.adding;

export function FirstSteps() {
  const { preferences } = useStore();
  if (!preferences.hints.value) return null;
  return (
    <section class="first-steps" aria-labelledby="first-steps-title">
      <div class="first-steps-head">
        <h2 id="first-steps-title">{words.firstSteps.title}</h2>
        <button type="button" class="link" onClick={() => preferences.setHints(false)}>
          {words.firstSteps.hide}
        </button>
      </div>
      <ol>
        {words.firstSteps.steps.map(([step, what]) => (
          <li key={step}>
            <b>{step}</b>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
