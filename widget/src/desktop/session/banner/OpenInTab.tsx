// Inside another page's frame: the way out into a tab of its own, with the same session.
import { useRef, useState } from "preact/hooks";
import { asProblem } from "../../../api/problem";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";

const words = locale.session;

/** The page can't tell which site frames it, only that one does. */
const framed = () => window.self !== window.top;

export function OpenInTab() {
  const { session, notices } = useStore();
  const form = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState(false);
  if (!framed()) return null;

  async function open() {
    setAsking(true);
    try {
      const field = form.current?.elements.namedItem("ticket");
      if (field instanceof HTMLInputElement) field.value = await session.tabTicket();
      // A form and not a link: what opens the session travels in the body, never in an address.
      form.current?.submit();
    } catch (cause) {
      const { reference } = asProblem(cause);
      notices.say(words.bad.noTab, "bad", undefined, undefined, reference);
    }
    setAsking(false);
  }

  return (
    <form ref={form} action="/tab" method="post" target="_blank" rel="noopener">
      <input type="hidden" name="ticket" />
      <button
        type="button"
        class="button open-in-tab"
        title={words.openInTab}
        disabled={asking}
        onClick={open}
      >
        <Icon name="window" />
        <span class="open-in-tab-word">{words.openInTab}</span>
      </button>
    </form>
  );
}
