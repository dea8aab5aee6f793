// Screens that the first one doesn't need: fetched behind it, or when they are first opened.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadFind } from "../bodySite/loadFind";
import { usePhone } from "../context";
import { locale } from "../locale";
import type { Screen } from "./screens";

/** Without its code the main screen is back, which has another way, and says so. */
function lazyScreen<Props extends object>(
  find: () => Promise<ComponentType<Props>>,
  words: string,
  name: Screen,
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

  function LazyScreen(props: Props) {
    const { screens } = usePhone();
    const [Loaded, setLoaded] = useState<ComponentType<Props> | null>(() => ready);
    useEffect(() => {
      load().then(
        () => setLoaded(() => ready),
        () => screens.giveUp(name),
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

  return { load, Screen: LazyScreen };
}

// Without it there is still the phone's own camera app.
const viewfinder = lazyScreen(
  () => import("../viewfinder/Viewfinder").then(({ Viewfinder }) => Viewfinder),
  locale.capture.starting,
  "viewfinder",
);
const lightbox = lazyScreen(
  () => import("../lightbox/Lightbox").then(({ Lightbox }) => Lightbox),
  locale.link.opening,
  "photo",
);
// Most phones belong to a desktop and never need it.
const filing = lazyScreen(
  () => import("../filing/FilingScreen").then(({ FilingScreen }) => FilingScreen),
  locale.filing.review,
  "filing",
);

export const ViewfinderScreen = viewfinder.Screen;
export const LightboxScreen = lightbox.Screen;
export const FilingLoader = filing.Screen;

/** What a phone with a code needs next. */
export const loadScreens = () => Promise.all([lightbox.load(), viewfinder.load(), loadFind()]);
