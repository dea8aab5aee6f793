// The phone's page: takes the one-time token out of the address, builds the store from the browser's parts, draws it.
import "./shared/styles/tokens.css";
import "./shared/styles/base.css";
import "./shared/styles/controls.css";
import "./phone/phone.css";
import "./phone/link/gate.css";
import "./phone/bodySite/bodySite.css";
import "./phone/pending/pending.css";
import { render } from "preact";
import { listenAt } from "./api/stream/events";
import { App } from "./phone/App";
import { createLazyWorker } from "./phone/capture/preparing/lazyWorker";
import { PhoneContext } from "./phone/context";
import { createPhoneGateway } from "./phone/gateway";
import { takeToken } from "./phone/link/token";
import { keepAwake } from "./phone/pending/sending/wakeLock";
import { openIdb } from "./phone/pending/storage/idb";
import { createPendingStore } from "./phone/pending/storage/pendingStore";
import { loadScreens } from "./phone/screens/lazy";
import type { PageHistory } from "./phone/screens/screens";
import { createPhoneStore } from "./phone/store";
import { forgiving } from "./shared/storage";
import { browserClock } from "./shared/time/clock";

/** randomUUID exists on secure pages only; a practice may reach its gateway by plain http inside its network. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const pageHistory: PageHistory = {
  push: (depth) => history.pushState({ depth }, ""),
  back: (steps) => history.go(-steps),
  onBack: (act) => {
    addEventListener("popstate", act);
    return () => removeEventListener("popstate", act);
  },
};

const token = takeToken(location, history);
const imageWorker = createLazyWorker();

const store = createPhoneStore({
  gateway: createPhoneGateway(),
  clock: browserClock,
  pendingStore: createPendingStore(openIdb()),
  history: pageHistory,
  imageWorker,
  previews: { make: (file) => URL.createObjectURL(file), drop: (address) => URL.revokeObjectURL(address) },
  newKey,
  listen: listenAt,
  memory: forgiving(() => sessionStorage),
  shared: forgiving(() => localStorage),
  reload: () => location.reload(),
  savesData: () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true,
  isCovered: () => document.visibilityState !== "visible" || !document.hasFocus(),
});

// A code that is scanned into this very tab changes only the fragment; it reloads the page.
addEventListener("hashchange", () => location.hash.length > 1 && location.reload());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && store.wake());
addEventListener("online", store.wake);
addEventListener("storage", store.pending.forgetFinished);
addEventListener("pageshow", (event) => event.persisted && store.wake());
addEventListener("beforeunload", (event) => {
  if (store.pending.fragile.value && store.pending.images.value.length > 0) event.preventDefault();
});

/** What the first screen does without: it is here if the network is gone when it is needed. */
function loadRest() {
  imageWorker.warm();
  void loadScreens().catch(() => {});
}

const page = document.getElementById("page");
if (page) {
  // What the page says of its own accord if this script never runs.
  page.textContent = "";
  render(
    <PhoneContext.Provider value={store}>
      <App />
    </PhoneContext.Provider>,
    page,
  );
  void store.start(token);
  keepAwake(navigator, store.pending.moving);
  keepAwake(navigator, store.pending.behind);
  // Without being asked, a browser may clear what is stored when space runs short.
  void navigator.storage?.persist?.().catch(() => {});
  addEventListener("load", () => setTimeout(loadRest, 500));
}
