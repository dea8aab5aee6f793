// One screen: who, images, the image with its details, and filing. Which parts show depends on the session.
import { useEffect } from "preact/hooks";
import { DropAndPaste } from "./adding/DropAndPaste";
import { EmptyState } from "./adding/EmptyState";
import { useBoard } from "./board/useBoard";
import { useStore } from "./context";
import { LaterDialogs } from "./dialogs/LaterDialogs";
import { useParts } from "./earlier/useParts";
import { EditorDialog } from "./editing/EditorDialog";
import { Keyboard } from "./help/Keyboard";
import { locale } from "./locale";
import { Notices } from "./notices/Notices";
import { Banner } from "./session/banner/Banner";
import { StatusBars } from "./session/banner/StatusBars";
import { NoSession } from "./session/NoSession";

export function App() {
  const { session } = useStore();
  if (session.phase.value === "open") return <Desk />;
  return <NoSession />;
}

function Desk() {
  const { images, session } = useStore();
  const board = useBoard();
  const Earlier = useParts();
  useLeaving();
  // Browsers write titles into their history, and show them in the task bar: never the patient's name.
  const known = session.session.value;
  const mark = known ? `${known.colourName} ${known.word}` : "";
  useEffect(() => {
    document.title = mark ? `${mark} – ${locale.shared.product}` : locale.shared.product;
  }, [mark]);
  const empty = images.all.value.length === 0;
  return (
    <div class="desktop">
      <Banner />
      <StatusBars />
      {!empty && board ? (
        <board.Board />
      ) : (
        <main class="columns columns-empty">
          {empty && images.loaded.value ? <EmptyState /> : <Loading />}
        </main>
      )}
      {Earlier && <Earlier.EarlierDialog />}
      <LaterDialogs />
      <EditorDialog />
      <DropAndPaste />
      <Keyboard />
      <Notices />
    </div>
  );
}

const Loading = () => (
  <p class="loading" role="status">
    <span class="spinner" /> {locale.adding.loading}
  </p>
);

/** Unsaved details are sent when the tab is hidden; with unfiled images the browser asks before it closes. */
function useLeaving() {
  const { unfiledCount, details, images, session } = useStore();
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (unfiledCount.value > 0) event.preventDefault();
    };
    // When the window is visible again, it checks at once whether it still has this patient's session.
    const hide = () => void (document.visibilityState === "hidden" ? details.saveAll() : session.prolong());
    const leave = () => images.settle();
    window.addEventListener("beforeunload", ask);
    document.addEventListener("visibilitychange", hide);
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("beforeunload", ask);
      document.removeEventListener("visibilitychange", hide);
      window.removeEventListener("pagehide", leave);
    };
  }, [unfiledCount, details, images, session]);
}
