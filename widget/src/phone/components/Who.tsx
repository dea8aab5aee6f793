// Whose pictures these are, with the session's colour and word as on the desktop.
import { inkOn } from "../../components/Banner";
import { age, calendarDate, capitalised } from "../../wording";
import { usePhone } from "./context";

export function Who() {
  const session = usePhone().link.session.value;
  if (!session) return null;
  const { patient, colour, colourName, word } = session;
  const years = age(patient.birthDate, new Date());
  return (
    <header class="who" style={{ "--session": colour, "--session-ink": inkOn(colour) }}>
      <p class="who-badge">
        {colourName} {word}
        <span> – the same on the desktop</span>
      </p>
      <h1>{patient.name}</h1>
      <p class="facts">
        <span>
          NHI <b>{patient.nhi}</b>
        </span>
        <span>
          Born <b>{calendarDate(patient.birthDate)}</b>
          {years && ` (${years})`}
        </span>
        <span>{capitalised(patient.sex)}</span>
      </p>
    </header>
  );
}
