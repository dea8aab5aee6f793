// Without a link to a session: asking, no answer, a used code, an ended session, no code at all.

import { useState } from "preact/hooks";
import { Reference } from "../../shared/ui/Reference";
import { counted } from "../../shared/wording";
import { usePhone } from "../context";
import { Icon } from "../Icon";

export function LinkGate() {
  const { link } = usePhone();
  const phase = link.phase.value;
  return (
    <main class="gate">
      <p class="gate-product">ClinicPro Images</p>
      <div class="gate-card">
        {phase === "opening" && (
          <div role="status">
            <h1 class="unseen">ClinicPro Images</h1>
            <p class="gate-wait">
              <span class="spinner" /> Opening…
            </p>
          </div>
        )}
        {phase === "waiting" && (
          <>
            <div role="status">
              <h1>Waiting for the server</h1>
              <p>
                ClinicPro Images can't be reached. Check that this phone is on the practice's network; this
                page goes on by itself.
              </p>
              <p class="gate-wait">
                <span class="spinner" /> Trying again every few seconds
              </p>
            </div>
            <Reference of={link.problem.value?.reference} />
          </>
        )}
        {phase === "stranger" && (
          <>
            <h1>Scan the code on the desktop</h1>
            <ol class="steps">
              <li>On the desktop, open the patient in ClinicPro Images.</li>
              <li>
                Press <b>Phone</b>: a QR code appears.
              </li>
              <li>Point this phone's camera at it and open the address.</li>
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
      <h1>This code can't be used any more</h1>
      <p>A code works once, for one phone, for ten minutes. Show a new one on the desktop and scan that.</p>
      {earlier && (
        <p class="gate-row">
          <button type="button" class="button huge" onClick={carryOn}>
            Go on with {earlier.patient.name} ({earlier.colourName} {earlier.word})
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
        Or type the code from the desktop
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
        Open
      </button>
    </form>
  );
}

function Ended() {
  const { link, pending } = usePhone();
  const [asking, setAsking] = useState(false);
  const left = pending.images.value.length + pending.earlier.value.length;
  const name = link.session.value?.patient.name ?? "this patient";
  const [is, them] = left === 1 ? ["is", "it"] : ["are", "them"];
  return (
    <div role="alert">
      <h1>Session ended: scan again</h1>
      {left === 0 ? (
        <p>
          Everything you sent is on the desktop, and nothing is left on this phone. To take more photos, scan
          a new code.
        </p>
      ) : (
        <>
          {pending.fragile.value ? (
            <p>
              {counted(left, "photo")} of {name} {is} still in this page, not sent, and this browser keeps{" "}
              {them} nowhere else: a new code can't bring {them} back. Scan one for {name}, and take {them}{" "}
              again.
            </p>
          ) : (
            <p>
              {counted(left, "photo")} of {name} {is} still on this phone, not sent. Scan a new code for{" "}
              {name} to send {them}. A code for anybody else destroys {them}.
            </p>
          )}
          <p class="gate-row">
            {asking ? (
              <>
                <button type="button" class="button huge danger" onClick={pending.destroy}>
                  Yes, destroy {counted(left, "photo")}
                </button>
                <button type="button" class="button huge" onClick={() => setAsking(false)}>
                  Keep {them}
                </button>
              </>
            ) : (
              <button type="button" class="button huge" onClick={() => setAsking(true)}>
                <Icon name="remove" /> Destroy {them} now
              </button>
            )}
          </p>
        </>
      )}
    </div>
  );
}
