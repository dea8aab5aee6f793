// The clinician's page: builds the store from the browser's own parts and draws it.
import "./shared/styles/tokens.css";
import "./shared/styles/base.css";
import "./shared/styles/controls.css";
import "./desktop/frame.css";
import "./desktop/session/banner/banner.css";
import "./desktop/session/card.css";
import "./desktop/notices/notices.css";
import "./desktop/adding/adding.css";
import "./desktop/tray/tray.css";
import { render } from "preact";
import { createGateway, launchCalls } from "./api/client";
import { listenAt } from "./api/stream/events";
import { opened } from "./boot/open";
import { App } from "./desktop/App";
import { browserHost, browserOutlet, browserWindows } from "./desktop/browser";
import { StoreContext } from "./desktop/context";
import { createStore } from "./desktop/store";
import { forgiving } from "./shared/storage";
import { browserClock } from "./shared/time/clock";
import { drawAfterPaint } from "./shared/ui/drawing";
import { pressOnce } from "./shared/ui/presses";

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
  host: browserHost,
});

drawAfterPaint();
pressOnce();
const page = document.getElementById("page");
if (page) {
  void opened(page, launchCalls).then((session) => {
    render(
      <StoreContext.Provider value={store}>
        <App />
      </StoreContext.Provider>,
      page,
    );
    void store.start(session);
  });
}
