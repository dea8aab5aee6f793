// What shows when there is no patient to show: starting, server down, never launched, ended.

import type { ApiProblem } from "../../api/problem";
import { Reference } from "../../shared/ui/Reference";
import { calendarDate } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";

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
          ClinicPro Images
        </p>
        {phase === "starting" && (
          <div role="status">
            <h1 class="unseen">ClinicPro Images</h1>
            <p class="loading">
              <span class="spinner" /> Opening…
            </p>
          </div>
        )}
        {phase === "unreachable" && <Unreachable problem={session.bootProblem.value} />}
        {phase === "none" && <HowToLaunch />}
        {phase === "ended" && <Ended />}
        {(phase === "none" || phase === "ended") && session.signIn.value && (
          <p class="elsewhere">
            Not at Evolution? <a href={session.signIn.value}>Sign in</a> and find the patient by NHI.
          </p>
        )}
        {phase === "changed" && <Changed />}
      </div>
    </main>
  );
}

const Unreachable = ({ problem }: { problem: ApiProblem | null }) => (
  <>
    <div role="status">
      <h1>Waiting for the server</h1>
      <p>{problem?.detail}</p>
      <p class="loading">
        <span class="spinner" /> Trying again every few seconds. Nothing you added is lost.
      </p>
    </div>
    <Reference of={problem?.reference} />
  </>
);

const HowToLaunch = () => (
  <>
    <h1>Open a patient in Evolution and press the ClinicPro Images icon</h1>
    <ol class="steps">
      <li>In Medtech Evolution, open the patient's record.</li>
      <li>In the Patient Manager toolbar, press the ClinicPro Images icon.</li>
      <li>This page opens again, with that patient's name at the top.</li>
    </ol>
  </>
);

const Ended = () => (
  <div role="alert">
    <h1>This session has ended</h1>
    <p>
      Start ClinicPro Images from Evolution again, with the same patient open. Photos that were not filed yet
      stay with that patient and are kept for 24 hours.
    </p>
  </div>
);

/** Two windows, two patients: the older one says whose it was, in its colour, and takes nothing more. */
function Changed() {
  const open = useStore().session.session.value;
  const name = open?.patient.name ?? "the patient before";
  return (
    <div role="alert">
      <h1>This window is for {name}</h1>
      {open && (
        <p class="frozen-who" style={{ "--session": open.colour }}>
          NHI {open.patient.nhi} · born {calendarDate(open.patient.birthDate)} · {open.colourName} {open.word}
        </p>
      )}
      <p>
        ClinicPro Images was opened from Evolution again since, so nothing can be added or filed here any
        more. Close this window and carry on in the newer one.
      </p>
      <p>
        Images of {name} that are not filed stay with that patient for 24 hours: open the patient in Evolution
        and press the ClinicPro Images icon.
      </p>
    </div>
  );
}
