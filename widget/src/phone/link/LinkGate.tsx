// Without a link to a session: asking, no answer, a code that isn't accepted, an ended session, no code at all.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Reference } from "../../shared/ui/Reference";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { LinkPhase } from "./link";

const words = locale.link;

const PAGES: Record<Exclude<LinkPhase, "open">, () => ComponentChildren> = {
  opening: Opening,
  waiting: Waiting,
  stranger: Stranger,
  used: Used,
  refused: Refused,
  other: OtherPatient,
  ended: Ended,
};

export function LinkGate() {
  const phase = usePhone().link.phase.value;
  if (phase === "open") return null;
  const Page = PAGES[phase];
  return (
    <main class="gate">
      <p class="gate-product">{locale.shared.product}</p>
      <div class="gate-card">
        <Page />
      </div>
    </main>
  );
}

function Opening() {
  return (
    <div role="status">
      <h1 class="unseen">{locale.shared.product}</h1>
      <p class="gate-wait">
        <span class="spinner" /> {words.opening}
      </p>
    </div>
  );
}

function Waiting() {
  const { link } = usePhone();
  return (
    <>
      <div role="status">
        <h1>{words.waiting}</h1>
        <p>{words.unreachable}</p>
        <p class="gate-wait">
          <span class="spinner" /> {words.trying}
        </p>
      </div>
      <Reference of={link.problem.value?.reference} />
    </>
  );
}

function Stranger() {
  const left = usePhone().leftHere.value;
  return (
    <>
      <h1>{words.scan}</h1>
      {left > 0 && <p role="status">{words.leftHere(left)}</p>}
      <ol class="steps">
        {words.steps.map((step, at) => (
          <li key={String(at)}>{step}</li>
        ))}
      </ol>
      <TypeCode />
      <SignIn />
    </>
  );
}

/** Where the practice lets clinicians sign in without Evolution. */
function SignIn() {
  const { link } = usePhone();
  if (!link.signIn.value) return null;
  return (
    <p class="gate-row gate-sign-in">
      <a class="button huge" href={link.signIn.value}>
        {words.signIn}
      </a>
    </p>
  );
}

function Used() {
  return (
    <div role="alert">
      <h1>{words.used}</h1>
      <p>{words.usedWhy}</p>
      <Continue />
      <TypeCode />
    </div>
  );
}

function Refused() {
  const problem = usePhone().link.problem.value;
  return (
    <div role="alert">
      <h1>{problem?.slug === "ticket-unknown" ? words.unknown : problem?.title}</h1>
      <p>{problem?.detail}</p>
      <Reference of={problem?.reference} />
      <Continue />
      <TypeCode />
    </div>
  );
}

/** With the session that this phone was linked to before. Nobody is named, because the code may be another patient's. */
function Continue() {
  const { link, carryOn } = usePhone();
  const earlier = link.earlierSession.value;
  if (!earlier) return null;
  return (
    <p class="gate-row">
      <button type="button" class="button huge" onClick={carryOn}>
        {words.continueWith(`${earlier.colourName} ${earlier.word}`)}
      </button>
    </p>
  );
}

/** Asked before the code is used. Nobody is named, because the patient in the chair is another one. */
function OtherPatient() {
  const { link, leftHere, carryOn, destroyAndOpen } = usePhone();
  const earlier = link.earlierSession.value;
  const count = leftHere.value;
  return (
    <div role="alert">
      <h1>{words.other(count)}</h1>
      <p>{words.otherWhy(count)}</p>
      {!earlier && <p>{words.noWayBack(count)}</p>}
      <p class="gate-row">
        {earlier && (
          <button type="button" class="button primary huge" onClick={carryOn}>
            {words.goBack(`${earlier.colourName} ${earlier.word}`)}
          </button>
        )}
        <button type="button" class="button huge danger" onClick={destroyAndOpen}>
          <Icon name="remove" /> {words.destroyAndOpen(count)}
        </button>
      </p>
    </div>
  );
}

/** For a phone whose camera doesn't read codes. */
function TypeCode() {
  const { start } = usePhone();
  const [typed, setTyped] = useState("");
  return (
    <form
      class="gate-code"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) void start(typed.trim());
      }}
    >
      <label>
        {words.typeCode}
        <input
          type="text"
          placeholder={words.codeHint}
          autocomplete="off"
          autocapitalize="characters"
          autocorrect="off"
          spellcheck={false}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button huge">
        {words.open}
      </button>
    </form>
  );
}

function Ended() {
  const { link, pending } = usePhone();
  const left = pending.kept.value.length + pending.earlier.value.length + pending.unreadables.value.length;
  const name = link.session.value?.patient.name ?? words.thisPatient;
  const destroyed = pending.destroyedElsewhere.value;
  const cleared = pending.cleared.value;
  return (
    <div role="alert">
      <h1>{words.ended}</h1>
      {destroyed > 0 && <p>{words.endedDestroyed(destroyed)}</p>}
      {cleared > 0 && <p>{words.endedCleared(cleared)}</p>}
      {left === 0 && destroyed === 0 && cleared === 0 && <p>{words.endedClean}</p>}
      {left > 0 && (
        <>
          <p>{pending.fragile.value ? words.endedFragile(left, name) : words.endedKept(left, name)}</p>
          <Destroy count={left} />
        </>
      )}
    </div>
  );
}

function Destroy({ count }: { count: number }) {
  const { pending } = usePhone();
  const [asking, setAsking] = useState(false);
  return (
    <p class="gate-row">
      {asking ? (
        <>
          <button type="button" class="button huge danger" onClick={pending.destroy}>
            {words.destroyAll(count)}
          </button>
          <button type="button" class="button huge" onClick={() => setAsking(false)}>
            {words.keep(count)}
          </button>
        </>
      ) : (
        <button type="button" class="button huge" onClick={() => setAsking(true)}>
          <Icon name="remove" /> {words.destroy(count)}
        </button>
      )}
    </p>
  );
}
