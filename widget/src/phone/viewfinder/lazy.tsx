// The viewfinder is fetched behind the first screen, which doesn't need it.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { usePhone } from "../context";
import { locale } from "../locale";

type Loaded = { Viewfinder: ComponentType };

/** Fetches the code once; after a failure it is fetched again when it is needed. */
function createLoader() {
  let loading: Promise<Loaded> | null = null;
  return () => {
    loading ??= import("./Viewfinder").catch((cause) => {
      loading = null;
      throw cause;
    });
    return loading;
  };
}

export const loadViewfinder = createLoader();

export function ViewfinderScreen() {
  const { screens } = usePhone();
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  useEffect(() => {
    // Without it there is still the phone's own camera app, on the main screen.
    loadViewfinder().then(setLoaded, screens.stopAiming);
  }, []);
  if (loaded) return <loaded.Viewfinder />;
  return (
    <main class="viewfinder-wait">
      <p role="status">
        <span class="spinner" /> {locale.viewfinder.starting}
      </p>
    </main>
  );
}
