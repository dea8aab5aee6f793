// The phone page: who is photographed, always on top; then one thing at a time.

import { inkOn } from "../shared/ink";
import { PatientFacts } from "../shared/ui/PatientFacts";
import { Bars } from "./Bars";
import { usePhone } from "./context";
import { Lightbox } from "./lightbox/Lightbox";
import { LinkGate } from "./link/LinkGate";
import { locale } from "./locale";
import { PendingGrid } from "./pending/PendingGrid";

export function App() {
  const { link, opened, pending, sentImages } = usePhone();
  if (!link.open.value) return <LinkGate />;
  const key = opened.value;
  const pendingImage = pending.images.value.find((each) => each.key === key);
  const image = sentImages.images.value.find((each) => each.id === key);
  return (
    <div class="phone">
      <PatientBanner />
      <Bars />
      {pendingImage || image ? (
        <Lightbox pendingImage={pendingImage} image={image} key={key} />
      ) : (
        <PendingGrid />
      )}
    </div>
  );
}

const words = locale.link;

function PatientBanner() {
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
