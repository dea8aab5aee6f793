// Which screen is open, and the browser's Back: it closes a photo or the viewfinder, and never leaves the page from them.
import { computed, effect, signal } from "@preact/signals";

export type Screen = "photo" | "viewfinder" | "filing";

export type PageHistory = {
  push(depth: number): void;
  back(steps: number): void;
  /** Returns what ends it. */
  onBack(act: () => void): () => void;
};

export function createScreens(history: PageHistory) {
  /** Key of the image, or id of the sent image, that is looked at large. */
  const opened = signal("");
  const viewfinder = signal(false);
  /** In the viewfinder: the next shot takes the place of this image. */
  const replaces = signal("");
  /** Over it or below it: the photo or the viewfinder that was opened last is in front. */
  const order = signal<Screen[]>([]);
  /** The code of the screen that was opened last could not be fetched. */
  const missing = signal(false);
  const front = computed(() => order.value[order.value.length - 1] ?? "grid");

  function raise(screen: Screen) {
    missing.value = false;
    order.value = [...order.value.filter((each) => each !== screen), screen];
  }

  function drop(screen: Screen) {
    order.value = order.value.filter((each) => each !== screen);
  }

  function look(key: string) {
    opened.value = key;
    if (key) raise("photo");
    else drop("photo");
  }

  function aim(replaced = "") {
    replaces.value = replaced;
    viewfinder.value = true;
    raise("viewfinder");
  }

  function stopAiming() {
    viewfinder.value = false;
    replaces.value = "";
    drop("viewfinder");
  }

  function close(screen: Screen) {
    if (screen === "photo") look("");
    else if (screen === "viewfinder") stopAiming();
    else drop("filing");
  }

  /** Closes it again, because its code could not be fetched. */
  function giveUp(screen: Screen) {
    close(screen);
    missing.value = true;
  }

  /** To the grid, whatever is open. */
  function closeAll() {
    look("");
    stopAiming();
    drop("filing");
  }

  // One history entry for each open screen.
  let entries = 0;
  let expected = 0;
  const stopListening = history.onBack(() => {
    if (expected > 0) expected -= 1;
    else if (entries > 0) {
      entries -= 1;
      const shown = front.peek();
      if (shown !== "grid") close(shown);
    }
  });
  const stopCounting = effect(() => {
    const depth = order.value.length;
    for (; entries < depth; entries++) history.push(entries + 1);
    if (entries > depth) {
      const steps = entries - depth;
      entries = depth;
      expected += 1;
      history.back(steps);
    }
  });

  return {
    opened,
    viewfinder,
    replaces,
    front,
    missing,
    giveUp,
    look,
    aim,
    stopAiming,
    closeAll,
    review: () => raise("filing"),
    stop: () => {
      stopListening();
      stopCounting();
    },
  };
}

export type Screens = ReturnType<typeof createScreens>;
