// Whose record this is: name, NHI, birth date and sex, with the session's colour and word, always on screen.
import { useRef } from "preact/hooks";
import { inkOn } from "../../../shared/ink";
import { PatientFacts } from "../../../shared/ui/PatientFacts";
import { useStore } from "../../context";
import { HostDrift } from "../../host/HostDrift";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { useHeight } from "../../notices/useHeight";
import { TrayButton } from "../../tray/TrayButton";
import { OpenInTab } from "./OpenInTab";

const words = locale.session;

/** Characters of a name that in a panel needs the width of a line. */
const LONG = 40;

export function Banner() {
  const { session, help } = useStore();
  const banner = useRef<HTMLElement>(null);
  useHeight(banner, "--banner-height");
  const open = session.session.value;
  if (!open) return null;
  const { patient, provider, facility, colour, colourName, word } = open;
  const environment = words.environments[open.environment];
  return (
    <header
      ref={banner}
      class="banner"
      data-long={patient.name.length > LONG}
      style={{ "--session": colour, "--session-ink": inkOn(colour) }}
    >
      <div class="banner-patient">
        <h1 title={patient.name}>
          <bdi>{patient.name}</bdi>
        </h1>
        <PatientFacts patient={patient} />
      </div>
      <p class="banner-practice">
        <span title={provider.name}>
          <bdi>{provider.name}</bdi>
        </span>
        <span title={facility.name}>
          <bdi>{facility.name}</bdi>
        </span>
      </p>
      <div class="banner-side">
        {environment && (
          <span class="tag" title={words.environmentHint}>
            {environment}
          </span>
        )}
        <p class="session-chip" title={words.badgeHint}>
          {colourName} {word}
        </p>
        <TrayButton />
        <LayoutSwitch />
        <OpenInTab />
        <button
          type="button"
          class="button icon-only quiet help-button"
          aria-label={words.help}
          onClick={help.show}
        >
          <Icon name="question" />
        </button>
      </div>
      <HostDrift kind="banner-drift" />
    </header>
  );
}

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
