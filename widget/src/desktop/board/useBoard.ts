// Loads what describes and files photos right after the empty desk is drawn, so that the first screen is small.
import type { FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../context";
import { locale } from "../locale";

const words = locale.session;
const RETRY_MS = 2_000;

/** null until it is here; without a connection it is asked for again, and said once there is a photo to show. */
export function useBoard(): { Board: FunctionComponent } | null {
  const { images, notices } = useStore();
  const [loaded, setLoaded] = useState<{ Board: FunctionComponent } | null>(null);
  const [tries, setTries] = useState(0);
  const said = useRef(false);
  const wanted = images.all.value.length > 0;
  useEffect(() => {
    if (loaded) return;
    let later = 0;
    import("./Board").then(
      (found) => setLoaded({ Board: found.default }),
      () => {
        later = window.setTimeout(() => setTries((before) => before + 1), RETRY_MS);
        if (!wanted || said.current) return;
        said.current = true;
        notices.say(words.bad.notLoaded, "bad", { label: words.reload, run: () => location.reload() });
      },
    );
    return () => window.clearTimeout(later);
  }, [loaded, tries, wanted, notices]);
  return loaded;
}
