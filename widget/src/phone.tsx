// The phone's page: takes the one-time token out of the address, builds the store from the browser's parts, draws it.
import "./shared/styles/tokens.css";
import "./shared/styles/base.css";
import "./shared/styles/controls.css";
import "./phone/phone.css";
import "./phone/pending/pending.css";
import { render } from "preact";
import { listenAt } from "./api/events";
import { App } from "./phone/App";
import { createImageWorker } from "./phone/capture/imageWorker";
import { PhoneContext } from "./phone/context";
import { createPhoneGateway } from "./phone/gateway";
import { takeToken } from "./phone/link/token";
import { openIdb } from "./phone/pending/idb";
import { createPendingStore } from "./phone/pending/pendingStore";
import { createPhoneStore } from "./phone/store";
import { browserClock } from "./shared/clock";
import { forgiving } from "./shared/storage";

/** randomUUID exists on secure pages only; a practice may reach its gateway by plain http inside its network. */
const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const token = takeToken(location, history);

const store = createPhoneStore({
  gateway: createPhoneGateway(),
  clock: browserClock,
  pendingStore: createPendingStore(openIdb()),
  imageWorker: createImageWorker(),
  previews: { make: (file) => URL.createObjectURL(file), drop: (address) => URL.revokeObjectURL(address) },
  newKey,
  listen: listenAt,
  memory: forgiving(() => sessionStorage),
});

// A code that is scanned into this very tab changes only the fragment; it reloads the page.
addEventListener("hashchange", () => location.hash.length > 1 && location.reload());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && store.wake());
addEventListener("online", store.wake);
addEventListener("pageshow", (event) => event.persisted && store.wake());
addEventListener("beforeunload", (event) => {
  if (store.pending.fragile.value && store.pending.images.value.length > 0) event.preventDefault();
});

const page = document.getElementById("page");
if (page) {
  render(
    <PhoneContext.Provider value={store}>
      <App />
    </PhoneContext.Provider>,
    page,
  );
  void store.start(token);
}
