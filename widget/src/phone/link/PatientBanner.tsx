// Whose images these are, with the session's colour and word as on the desktop.

import { inkOn } from "../../shared/ink";
import { PatientFacts } from "../../shared/ui/PatientFacts";
import { usePhone } from "../context";
import { locale } from "../locale";

const words = locale.link;

export function PatientBanner() {
  const session = usePhone().link.session.value;
  if (!session) return null;
  const { patient, colour, colourName, word } = session;
  return (
    <header class="patient-banner" style={{ "--session": colour, "--session-ink": inkOn(colour) }}>
      <p class="patient-banner-badge">
        {colourName} {word}
        <span>{words.badge}</span>
      </p>
      <h1>{patient.name}</h1>
      <PatientFacts patient={patient} />
    </header>
  );
}
