// Whose record this is: name, NHI, birth date and sex, with the session's colour and word, always on screen.
import { inkOn } from "../../shared/ink";
import { PatientFacts } from "../../shared/ui/PatientFacts";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { OpenInTab } from "./OpenInTab";

const words = locale.session;

export function Banner() {
  const { session } = useStore();
  const open = session.session.value;
  if (!open) return null;
  const { patient, provider, facility, colour, colourName, word } = open;
  const environment = words.environments[open.environment];
  return (
    <header class="banner" style={{ "--session": colour, "--session-ink": inkOn(colour) }}>
      <div class="banner-patient">
        <h1 title={patient.name}>{patient.name}</h1>
        <PatientFacts patient={patient} />
      </div>
      <p class="banner-practice">
        <span title={provider.name}>{provider.name}</span>
        <span title={facility.name}>{facility.name}</span>
      </p>
      {environment && (
        <span class="tag" title={words.environmentHint}>
          {environment}
        </span>
      )}
      <p class="session-chip" title={words.badgeHint}>
        {colourName} {word}
      </p>
      <LayoutSwitch />
      <OpenInTab />
      <button type="button" class="button icon-only quiet" aria-label={words.help} onClick={openHelp}>
        <Icon name="question" />
      </button>
    </header>
  );
}

export const openHelp = () =>
  (document.getElementById("help-sheet") as HTMLDialogElement | null)?.showModal();

function LayoutSwitch() {
  const { preferences, images } = useStore();
  if (images.all.value.length === 0) return null;
  const other = preferences.layout.value === "grid" ? "strip" : "grid";
  const name = other === "strip" ? words.asStrip : words.asGrid;
  return (
    <button
      type="button"
      class="button icon-only quiet layout-switch"
      aria-label={name}
      title={name}
      onClick={() => preferences.setLayout(other)}
    >
      <Icon name={other} />
    </button>
  );
}
