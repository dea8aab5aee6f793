// Asked before changes are thrown away.
import { useEffect, useRef } from "preact/hooks";

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
        <h3 id="leaving-title">Leave without saving?</h3>
        <p id="leaving-text">What you did to this photo is lost. The original stays as it is.</p>
        <div class="row">
          <button ref={stay} type="button" class="button primary" onClick={onStay}>
            Keep editing
          </button>
          <button type="button" class="button" onClick={onDiscard}>
            Discard changes
          </button>
        </div>
      </div>
    </div>
  );
}
