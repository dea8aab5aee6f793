// What shows when there is no patient to show: starting, server down, never launched, ended.

import type { ApiProblem } from "../../api/problem";
import { Reference } from "../../shared/ui/Reference";

import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.session;

export function NoSession() {
  const { session } = useStore();
  const phase = session.phase.value;
  return (
    <main class="no-session">
      <div class="no-session-card">
        <p class="product">
          <span class="product-mark">
            <Icon name="image" />
          </span>
          {locale.shared.product}
        </p>
        {phase === "starting" && (
          <div role="status">
            <h1 class="unseen">{locale.shared.product}</h1>
            <p class="loading">
              <span class="spinner" /> {words.opening}
            </p>
          </div>
        )}
        {phase === "unreachable" && <Unreachable problem={session.bootProblem.value} />}
        {phase === "none" && <HowToLaunch />}
        {phase === "ended" && <Ended />}
        {(phase === "none" || phase === "ended") && session.signIn.value && (
          <p class="elsewhere">{words.signIn(session.signIn.value)}</p>
        )}
        {phase === "changed" && <Changed />}
      </div>
    </main>
  );
}

const Unreachable = ({ problem }: { problem: ApiProblem | null }) => (
  <>
    <div role="status">
      <h1>{words.waiting.title}</h1>
      <p>{problem?.detail}</p>
      <p class="loading">
        <span class="spinner" /> {words.waiting.trying}
      </p>
    </div>
    <Reference of={problem?.reference} />
  </>
);

const HowToLaunch = () => (
  <>
    <h1>{words.none.title}</h1>
    <ol class="steps">
      {words.none.steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  </>
);

const Ended = () => (
  <div role="alert">
    <h1>{words.ended.title}</h1>
    <p>{words.ended.next}</p>
  </div>
);

/** Two windows, two patients: the older one says whose it was, in its colour, and takes nothing more. */
function Changed() {
  const open = useStore().session.session.value;
  const name = open?.patient.name ?? words.changed.unknown;
  return (
    <div role="alert">
      <h1>{words.changed.title(name)}</h1>
      {open && (
        <p class="frozen-who" style={{ "--session": open.colour }}>
          {words.changed.facts(open.patient, `${open.colourName} ${open.word}`)}
        </p>
      )}
      <p>{words.changed.why}</p>
      <p>{words.changed.kept(name)}</p>
    </div>
  );
}
