// Whose record this is: name, NHI, birth date and sex, with the session's colour and word, always on screen.
import { age, calendarDate, capitalised } from "../wording";
import { useStore } from "./context";
import { Icon } from "./Icon";
import { LayoutSwitch } from "./LayoutSwitch";
import { OpenInTab } from "./OpenInTab";

const ENVIRONMENTS = { production: "", uat: "UAT", sandbox: "Sandbox" };

export function Banner() {
  const { session } = useStore();
  const open = session.session.value;
  if (!open) return null;
  const { patient, provider, facility, colour, colourName, word } = open;
  const years = age(patient.birthDate, new Date());
  const environment = ENVIRONMENTS[open.environment];
  return (
    <header class="banner" style={{ "--session": colour, "--session-ink": inkOn(colour) }}>
      <div class="banner-patient">
        <h1 title={patient.name}>{patient.name}</h1>
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
      </div>
      <p class="banner-practice">
        <span title={provider.name}>{provider.name}</span>
        <span title={facility.name}>{facility.name}</span>
      </p>
      {environment && (
        <span class="tag" title="Nothing here reaches a real record">
          {environment}
        </span>
      )}
      <p class="session-chip" title="The same colour and word show on every screen of this session">
        {colourName} {word}
      </p>
      <LayoutSwitch />
      <OpenInTab />
      <button type="button" class="button icon-only quiet" aria-label="Keyboard help" onClick={openHelp}>
        <Icon name="question" />
      </button>
    </header>
  );
}

export const openHelp = () =>
  (document.getElementById("help-sheet") as HTMLDialogElement | null)?.showModal();

/** Black or white, whichever is easier to read on the session's colour (WCAG relative luminance). */
export function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000000" : "#ffffff";
}
