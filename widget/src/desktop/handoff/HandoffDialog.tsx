// The panel with the QR code: scan it, see the phone come in, disconnect it.

import { useEffect, useRef } from "preact/hooks";
import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { ForPatient } from "../session/ForPatient";
import { HandoffCode } from "./HandoffCode";

const words = locale.handoff;

export function HandoffDialog() {
  const { handoff } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = handoff.open.value;

  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (!open) return element.close();
    if (!element.open) element.showModal();
    element.querySelector<HTMLElement>("h2")?.focus();
  }, [open]);

  return (
    <dialog ref={dialog} class="dialog dialog-phone" aria-labelledby="handoff-title" onClose={handoff.close}>
      {open && <Panel />}
    </dialog>
  );
}

function Panel() {
  const { handoff, session } = useStore();
  const open = session.session.value;
  if (!open) return null;
  return (
    <>
      <div class="dialog-head">
        <div>
          <h2 id="handoff-title" tabIndex={-1}>
            {words.title}
          </h2>
          <ForPatient />
        </div>
        <button type="button" class="button icon-only quiet" aria-label={words.close} onClick={handoff.close}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="dialog-body handoff-body">
        {handoff.connected.value ? <Connected /> : <HandoffCode />}
        {handoff.problem.value && (
          <p class="handoff-problem" role="alert">
            {handoff.problem.value.detail}
            <Reference of={handoff.problem.value.reference} />
          </p>
        )}
      </div>
      <div class="dialog-foot">
        <Choices />
      </div>
    </>
  );
}

function Connected() {
  const { session, handoff } = useStore();
  const open = session.session.value;
  if (!open) return null;
  const waiting = handoff.waiting.value;
  return (
    <div class="handoff-connected" role="status">
      <span class="icon-filed">
        <Icon name="check" />
      </span>
      <h3>{words.connected}</h3>
      <p class="handoff-soft">{words.connectedWhy(`${open.colourName} ${open.word}`)}</p>
      <p class="handoff-waiting">{waiting > 0 ? words.waiting(waiting) : words.nothingWaiting}</p>
    </div>
  );
}

function Choices() {
  const { handoff } = useStore();
  const busy = handoff.busy.value;
  if (handoff.connected.value)
    return (
      <>
        <p class="foot-note">
          {words.disconnects} {handoff.waiting.value > 0 && words.disconnectHolds(handoff.waiting.value)}
        </p>
        <button type="button" class="button" disabled={busy} onClick={handoff.renew}>
          {words.newCode}
        </button>
        <button type="button" class="button" disabled={busy} onClick={handoff.disconnect}>
          {words.disconnect}
        </button>
        <button type="button" class="button primary" onClick={handoff.close}>
          {words.done}
        </button>
      </>
    );
  return (
    <>
      <p class="foot-note">{words.onePhone}</p>
      {handoff.scannable.value && (
        <button type="button" class="button" disabled={busy} onClick={handoff.renew}>
          {words.newCode}
        </button>
      )}
    </>
  );
}
