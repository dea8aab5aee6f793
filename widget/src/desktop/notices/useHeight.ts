// How high the banner and the action bar are, for what has its place between them.
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** Dialogs begin below the banner and messages end above the action bar, however high these are. */
export function useHeight(part: RefObject<HTMLElement | null>, property: string) {
  useLayoutEffect(() => {
    const element = part.current;
    if (!element) return;
    const measured = new ResizeObserver(() => {
      document.documentElement.style.setProperty(property, `${element.offsetHeight}px`);
    });
    measured.observe(element);
    return () => measured.disconnect();
  }, [part, property]);
}
