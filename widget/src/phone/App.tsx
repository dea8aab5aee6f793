// The phone page: who is photographed, always on top; then one thing at a time.

import { useLayoutEffect, useRef } from "preact/hooks";
import { inkOn } from "../shared/ink";
import { PatientFacts } from "../shared/ui/PatientFacts";
import { usePhone } from "./context";
import { LinkGate } from "./link/LinkGate";
import { locale } from "./locale";
import { PendingGrid } from "./pending/PendingGrid";
import { Bars } from "./screens/Bars";
import { FilingLoader, LightboxScreen, ViewfinderScreen } from "./screens/lazy";
import { useShort } from "./screens/room";

export function App() {
  const { link, screens, pending, sentImages } = usePhone();
  const short = useShort();
  if (!link.open.value) return <LinkGate />;
  const key = screens.opened.value;
  const pendingImage = pending.images.value.find((each) => each.key === key);
  const image = sentImages.images.value.find((each) => each.id === key);
  const isLooking = screens.front.value === "photo" && (pendingImage || image);
  const isAiming = screens.front.value === "viewfinder";
  const kinds = ["phone", (isLooking || isAiming || short) && "phone-close", short && "phone-short"];
  return (
    <div class={kinds.filter(Boolean).join(" ")}>
      <PatientBanner key={isLooking || isAiming ? "close" : "open"} />
      <Bars />
      {isLooking ? (
        <LightboxScreen pendingImage={pendingImage} image={image} key={key} />
      ) : isAiming ? (
        <ViewfinderScreen />
      ) : screens.front.value === "filing" ? (
        <FilingLoader />
      ) : (
        <PendingGrid />
      )}
    </div>
  );
}

const words = locale.link;

function PatientBanner() {
  const { link } = usePhone();
  const session = link.session.value;
  const banner = useRef<HTMLElement>(null);
  // What the page scrolls to, by focus or by finger, comes to rest below the banner. Of one that would leave too little room,
  // the first lines of a long name scroll away; colour, word, NHI, birth date and sex stay.
  useLayoutEffect(() => {
    const keepClear = () => {
      const element = banner.current;
      const page = element?.parentElement;
      if (!page) return;
      const stays = Math.min(element.offsetHeight, innerHeight * 0.45);
      page.style.scrollPaddingTop = `${stays}px`;
      element.style.top = `${stays - element.offsetHeight}px`;
    };
    keepClear();
    addEventListener("resize", keepClear);
    return () => removeEventListener("resize", keepClear);
  });
  if (!session) return null;
  const { patient, colour, colourName, word } = session;
  return (
    <header
      class="patient-banner"
      ref={banner}
      style={{ "--session": colour, "--session-ink": inkOn(colour) }}
    >
      <p class="patient-banner-badge">
        {colourName} {word}
        {!link.own.value && <span>{words.badge}</span>}
      </p>
      <div class="patient-banner-who">
        <h1>
          <bdi>{patient.name}</bdi>
        </h1>
        <PatientFacts patient={patient} />
      </div>
    </header>
  );
}
