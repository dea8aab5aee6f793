// Asked before changes are thrown away.

import { useEffect, useRef } from "preact/hooks";
import { locale } from "../locale";

export function Leaving({ onStay, onDiscard }: { onStay: () => void; onDiscard: () => void }) {
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => stay.current?.focus(), []);
  return (
    <div class="bench-veil">
      <div
        class="bench-ask"
        role="alertdialog"
        aria-labelledby="leaving-title"
        aria-describedby="leaving-text"
      >
        <h3 id="leaving-title">{locale.leaving.title}</h3>
        <p id="leaving-text">{locale.leaving.text}</p>
        <div class="row">
          <button ref={stay} type="button" class="button primary" onClick={onStay}>
            {locale.leaving.stay}
          </button>
          <button type="button" class="button" onClick={onDiscard}>
            {locale.leaving.discard}
          </button>
        </div>
      </div>
    </div>
  );
}
