// Between the page's first paint and the desk: on Evolution's launch, waits until a session is open.
import { render } from "preact";
import type { Session } from "../api/types";
import { browserClock } from "../shared/time/clock";
import { LaunchPage } from "./LaunchPage";
import { createLaunch, type LaunchCalls, launchAt, launchKept, type Opened } from "./launch";

/** Resolves once the desk can be drawn, with the session if it was just opened; draws what happens until then. */
export async function opened(page: HTMLElement, calls: LaunchCalls): Promise<Session | null> {
  const launch = launchAt(location) ?? launchKept(history.state);
  if (!launch) return null;
  // The parameters belong in no address and no list of pages visited; kept in this entry, they survive a reload.
  history.replaceState({ launch }, "", "/");
  // The page can't tell which site frames it, only that one does.
  const launching = createLaunch(launch, window.self !== window.top, calls, browserClock);
  let stop = () => {};
  const open = await new Promise<Opened>((resolve) => {
    const attempt = () => void launching.run().then((found) => found && resolve(found));
    stop = launching.phase.subscribe((phase) => render(<LaunchPage phase={phase} onAgain={attempt} />, page));
    attempt();
  });
  stop();
  history.replaceState(null, "", "/");
  return open.session;
}
