// The page from the press on Evolution's icon to the patient's name.
import { Icon } from "../desktop/Icon";
import { sharedWords } from "../shared/locale";
import { Reference } from "../shared/ui/Reference";
import type { LaunchPhase } from "./launch";
import { bootWords } from "./locale";

export function LaunchPage({ phase, onAgain }: { phase: LaunchPhase; onAgain: () => void }) {
  return (
    <main class="no-session">
      <div class="no-session-card">
        <p class="product">
          <span class="product-mark">
            <Icon name="image" />
          </span>
          {sharedWords.product}
        </p>
        <Content phase={phase} onAgain={onAgain} />
      </div>
    </main>
  );
}

function Content({ phase, onAgain }: { phase: LaunchPhase; onAgain: () => void }) {
  switch (phase.name) {
    case "asking":
    case "slow":
      return (
        <div role="status">
          <h1 class="unseen">{sharedWords.product}</h1>
          <p class="loading">
            <span class="spinner" /> {bootWords.asking}
          </p>
          {phase.name === "slow" && <p>{bootWords.slow}</p>}
        </div>
      );
    case "silent":
      return <Trouble {...bootWords.silent} onAgain={onAgain} />;
    case "no-cookie":
      return <Trouble {...bootWords.noCookie} />;
    case "problem":
      return (
        <Trouble
          title={phase.problem.title}
          detail={phase.problem.detail}
          reference={phase.problem.reference}
          onAgain={phase.problem.temporary ? onAgain : undefined}
        />
      );
    case "refused":
      return (
        <Trouble {...bootWords.refused}>
          {/* A form and not a link: what opens the session travels in the body, never in an address. */}
          <form action="/tab" method="post" target="_blank" rel="noopener">
            <input type="hidden" name="ticket" value={phase.ticket} />
            <button type="submit" class="button button-main">
              <Icon name="window" />
              {bootWords.refused.open}
            </button>
          </form>
        </Trouble>
      );
  }
}

type TroubleParts = {
  title: string;
  detail: string;
  reference?: string;
  onAgain?: (() => void) | undefined;
  children?: preact.ComponentChildren;
};

const Trouble = ({ title, detail, reference, onAgain, children }: TroubleParts) => (
  <div role="alert">
    <h1>{title}</h1>
    <p>{detail}</p>
    {children}
    {onAgain && (
      <p>
        <button type="button" class="button button-main" onClick={onAgain}>
          {bootWords.again}
        </button>
      </p>
    )}
    <Reference of={reference} />
  </div>
);
