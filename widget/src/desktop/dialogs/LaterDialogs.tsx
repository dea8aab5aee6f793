// Loads the dialogs once the desk is drawn, so that the first screen is small, and says so if they don't come.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../context";
import { locale } from "../locale";

const words = locale.session;

export function LaterDialogs() {
  const { filing, handoff, webcam, tray, commands, help, notices } = useStore();
  const [loaded, setLoaded] = useState<{ Dialogs: FunctionComponent } | null>(null);
  const opens = [handoff.open, webcam.open, tray.open, commands.open, help.open];
  const wanted = filing.step.value !== "closed" || opens.some(({ value }) => value);
  useEffect(() => {
    if (loaded) return;
    import("./Dialogs").then(
      (found) => setLoaded({ Dialogs: found.default }),
      // Without a connection nothing could be filed anyway: it is only said once a dialog is wanted.
      () =>
        wanted &&
        notices.say(words.bad.notLoaded, "bad", { label: words.reload, run: () => location.reload() }),
    );
  }, [wanted, loaded, notices]);
  return loaded && <loaded.Dialogs />;
}
