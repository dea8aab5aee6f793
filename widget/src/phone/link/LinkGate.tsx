// Without a link to a session: asking, no answer, a used code, an ended session, no code at all.

import { useState } from "preact/hooks";
import { Reference } from "../../shared/ui/Reference";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.link;

export function LinkGate() {
  const { link } = usePhone();
  const phase = link.phase.value;
  return (
    <main class="gate">
      <p class="gate-product">{locale.shared.product}</p>
      <div class="gate-card">
        {phase === "opening" && (
          <div role="status">
            <h1 class="unseen">{locale.shared.product}</h1>
            <p class="gate-wait">
              <span class="spinner" /> {words.opening}
            </p>
          </div>
        )}
        {phase === "waiting" && (
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
        )}
        {phase === "stranger" && (
          <>
            <h1>{words.scan}</h1>
            <ol class="steps">
              {words.steps.map((step, at) => (
                <li key={String(at)}>{step}</li>
              ))}
            </ol>
            <TypeCode />
          </>
        )}
        {phase === "used" && <Used />}
        {phase === "ended" && <Ended />}
      </div>
    </main>
  );
}

function Used() {
  const { link, carryOn } = usePhone();
  const earlier = link.earlierSession.value;
  return (
    <div role="alert">
      <h1>{words.used}</h1>
      <p>{words.usedWhy}</p>
      {earlier && (
        <p class="gate-row">
          <button type="button" class="button huge" onClick={carryOn}>
            {words.continueWith(earlier.patient.name, `${earlier.colourName} ${earlier.word}`)}
          </button>
        </p>
      )}
      <TypeCode />
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
          autocomplete="off"
          autocapitalize="none"
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
  const [asking, setAsking] = useState(false);
  const left = pending.images.value.length + pending.earlier.value.length;
  const name = link.session.value?.patient.name ?? words.thisPatient;
  return (
    <div role="alert">
      <h1>{words.ended}</h1>
      {left === 0 ? (
        <p>
          Everything you sent is on the desktop, and nothing is left on this phone. To take more photos, scan
          a new code.
        </p>
      ) : (
        <>
          {pending.fragile.value ? (
            <p>{words.endedFragile(left, name)}</p>
          ) : (
            <p>{words.endedKept(left, name)}</p>
          )}
          <p class="gate-row">
            {asking ? (
              <>
                <button type="button" class="button huge danger" onClick={pending.destroy}>
                  {words.destroyAll(left)}
                </button>
                <button type="button" class="button huge" onClick={() => setAsking(false)}>
                  {words.keep(left)}
                </button>
              </>
            ) : (
              <button type="button" class="button huge" onClick={() => setAsking(true)}>
                <Icon name="remove" /> {words.destroy(left)}
              </button>
            )}
          </p>
        </>
      )}
    </div>
  );
}
