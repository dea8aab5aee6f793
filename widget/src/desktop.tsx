// The clinician's page: builds the store from the browser's own parts and draws it.
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/frame.css";
import "./styles/pictures.css";
import "./styles/stage.css";
import "./styles/empty.css";
import "./styles/details.css";
import "./styles/dialogs.css";
import "./styles/webcam.css";
import "./styles/handoff.css";
import "./styles/filing.css";
// Here and not with the editor's code: a sheet that once failed to come is not asked for again, and the editor would open bare.
import "./styles/editor.css";
import { render } from "preact";
import { createGateway } from "./api/client";
import { listenAt } from "./api/events";
import { browserOutlet, browserWindows } from "./browser";
import { App } from "./components/App";
import { StoreContext } from "./components/context";
import { browserClock, forgiving } from "./store/clock";
import { createStore } from "./store/store";

/** randomUUID exists on secure pages only; a practice may reach its gateway by plain http inside its network. */
const newKey = () =>
  crypto.randomUUID?.() ??
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const store = createStore({
  gateway: createGateway(),
  clock: browserClock,
  memory: forgiving(() => sessionStorage),
  lasting: forgiving(() => localStorage),
  newKey,
  previews: { make: (file) => URL.createObjectURL(file), drop: (address) => URL.revokeObjectURL(address) },
  listen: listenAt,
  outlet: browserOutlet,
  windows: browserWindows(),
});

const page = document.getElementById("page");
if (page) {
  render(
    <StoreContext.Provider value={store}>
      <App />
    </StoreContext.Provider>,
    page,
  );
  void store.start();
}
