// One screen: who, pictures, the picture with its details, and filing. Which parts show depends on the session.
import { useEffect } from "preact/hooks";
import { ActionBar } from "./ActionBar";
import { Arrivals } from "./Arrivals";
import { Banner } from "./Banner";
import { useStore } from "./context";
import { DetailsPanel } from "./DetailsPanel";
import { EditorDialog } from "./EditorDialog";
import { EmptyState } from "./EmptyState";
import { FilingDialog } from "./FilingDialog";
import { HandoffDialog } from "./HandoffDialog";
import { HelpSheet } from "./HelpSheet";
import { Keyboard } from "./Keyboard";
import { NoSession } from "./NoSession";
import { Notices } from "./Notices";
import { Rail } from "./Rail";
import { Stage } from "./Stage";
import { StatusBars } from "./StatusBars";
import { WebcamDialog } from "./WebcamDialog";

export function App() {
  const { session } = useStore();
  if (session.phase.value === "open") return <Desk />;
  return <NoSession />;
}

function Desk() {
  const { pictures, uploads, session, look } = useStore();
  useLeaving();
  const name = session.session.value?.patient.name;
  useEffect(() => {
    document.title = name ? `${name} – ClinicPro Images` : "ClinicPro Images";
  }, [name]);
  const empty = pictures.all.value.length === 0 && uploads.moving.value.length === 0;
  return (
    <div class="desk">
      <Banner />
      <StatusBars />
      {empty ? (
        <main class="board board-empty">{pictures.loaded.value ? <EmptyState /> : <Loading />}</main>
      ) : (
        <main class="board" data-layout={look.layout.value}>
          <Rail />
          <Stage />
          <DetailsPanel />
        </main>
      )}
      {!empty && <ActionBar />}
      <FilingDialog />
      <HandoffDialog />
      <EditorDialog />
      <WebcamDialog />
      <HelpSheet />
      <Arrivals />
      <Keyboard />
      <Notices />
    </div>
  );
}

const Loading = () => (
  <p class="loading" role="status">
    <span class="spinner" /> Fetching pictures…
  </p>
);

/** Unsaved words go out when the tab hides; unfiled pictures make the browser ask before it closes. */
function useLeaving() {
  const { unfiled, details, pictures, session } = useStore();
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (unfiled.value > 0) event.preventDefault();
    };
    // Coming back to the window, it asks at once whether it still is this patient's.
    const hide = () => void (document.visibilityState === "hidden" ? details.saveAll() : session.prolong());
    const leave = () => pictures.settle();
    window.addEventListener("beforeunload", ask);
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("beforeunload", ask);
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", leave);
    };
  }, [unfiled, details, pictures, session]);
}
