// Review and filing are fetched when they are first opened: most phones belong to a desktop and never need them.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { usePhone } from "../context";
import { locale } from "../locale";

export function FilingLoader() {
  const { screens } = usePhone();
  const [loaded, setLoaded] = useState<{ FilingScreen: ComponentType } | null>(null);
  useEffect(() => {
    import("./FilingScreen").then(setLoaded, screens.closeAll);
  }, []);
  if (loaded) return <loaded.FilingScreen />;
  return (
    <main class="viewfinder-wait">
      <p role="status">
        <span class="spinner" /> {locale.filing.review}
      </p>
    </main>
  );
}
