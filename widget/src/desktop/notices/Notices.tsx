// Short messages over the page, or above the heading of an open dialog; read out once, and never taking the focus.
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.notices;

/** Outside an open dialog everything is inert: what is said there could be neither pressed nor heard. */
function useTopLayer(list: unknown) {
  const place = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const raise = () => {
    const [here, said] = [place.current, box.current];
    if (!here || !said) return;
    const dialog = [...document.querySelectorAll<HTMLElement>("dialog[open]")].at(-1);
    const home = dialog ?? here;
    if (said.parentElement !== home) home.append(said);
    if (!said.showPopover) return;
    if (said.matches(":popover-open")) said.hidePopover();
    // In a dialog it has a place of its own, above the heading if it stays.
    if (!dialog && said.childElementCount > 0) said.showPopover();
  };
  useLayoutEffect(raise, [list]);
  useEffect(() => {
    // Neither event bubbles; both are heard on the way down. A dialog that closes takes nothing with it.
    const later = () => queueMicrotask(raise);
    document.addEventListener("close", later, true);
    document.addEventListener("focusin", moved);
    function moved() {
      const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
      if (box.current?.childElementCount && box.current.parentElement !== (dialog ?? place.current)) raise();
    }
    return () => {
      document.removeEventListener("close", later, true);
      document.removeEventListener("focusin", moved);
    };
  }, []);
  return { place, box };
}

export function Notices() {
  const { notices } = useStore();
  const list = notices.list.value;
  const { place, box } = useTopLayer(list);
  // What stays until it is dismissed takes room in a dialog; what passes lies over it, so that nothing jumps.
  const stays = list.some((notice) => notice.tone === "bad");
  return (
    <div ref={place} class="notices-home">
      <div
        ref={box}
        class={`notices ${stays ? "notices-staying" : ""}`}
        popover="manual"
        role="log"
        aria-label={words.list}
        aria-live="polite"
      >
        {list.map((notice) => (
          <div key={notice.id} class={`notice notice-${notice.tone}`}>
            <p>
              {notice.text}
              <Reference of={notice.reference} />
            </p>
            {notice.action && (
              <button
                type="button"
                class="button small"
                onClick={() => {
                  notice.action?.run();
                  notices.dismiss(notice.id);
                }}
              >
                {notice.action.label}
              </button>
            )}
            <button
              type="button"
              class="button icon-only quiet small"
              aria-label={words.dismiss}
              onClick={() => notices.dismiss(notice.id)}
            >
              <Icon name="cross" />
            </button>
          </div>
        ))}
      </div>
    </div>
  );
}
