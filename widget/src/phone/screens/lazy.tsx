// Screens that the first one doesn't need: fetched behind it, or when they are first opened.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadFind } from "../bodySite/loadFind";
import { usePhone } from "../context";
import { locale } from "../locale";
import type { Screens } from "./screens";

/** `giveUp`: the code could not be fetched; the main screen has another way. */
function lazyScreen<Props extends object>(
  find: () => Promise<ComponentType<Props>>,
  words: string,
  giveUp: (screens: Screens) => void,
) {
  let ready: ComponentType<Props> | null = null;
  let loading: Promise<unknown> | null = null;

  /** After a failure it is fetched again when it is needed. */
  function load(): Promise<unknown> {
    loading ??= find().then(
      (component) => {
        ready = component;
      },
      (cause) => {
        loading = null;
        throw cause;
      },
    );
    return loading;
  }

  function Screen(props: Props) {
    const { screens } = usePhone();
    const [Loaded, setLoaded] = useState<ComponentType<Props> | null>(() => ready);
    useEffect(() => {
      load().then(
        () => setLoaded(() => ready),
        () => giveUp(screens),
      );
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return (
      <main class="viewfinder-wait">
        <p role="status">
          <span class="spinner" /> {words}
        </p>
      </main>
    );
  }

  return { load, Screen };
}

// Without it there is still the phone's own camera app.
const viewfinder = lazyScreen(
  () => import("../viewfinder/Viewfinder").then(({ Viewfinder }) => Viewfinder),
  locale.capture.starting,
  (screens) => screens.stopAiming(),
);
const lightbox = lazyScreen(
  () => import("../lightbox/Lightbox").then(({ Lightbox }) => Lightbox),
  locale.link.opening,
  (screens) => screens.look(""),
);
// Most phones belong to a desktop and never need it.
const filing = lazyScreen(
  () => import("../filing/FilingScreen").then(({ FilingScreen }) => FilingScreen),
  locale.filing.review,
  (screens) => screens.closeAll(),
);

export const ViewfinderScreen = viewfinder.Screen;
export const LightboxScreen = lightbox.Screen;
export const FilingLoader = filing.Screen;

/** What a phone with a code needs next. */
export const loadScreens = () => Promise.all([lightbox.load(), viewfinder.load(), loadFind()]);
