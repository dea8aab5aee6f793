// The panel with the QR code: scan it, see the phone come in, disconnect it.

import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { Dialog } from "../dialogs/Dialog";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { HandoffCode } from "./HandoffCode";

const words = locale.handoff;

export function HandoffDialog() {
  const { handoff } = useStore();
  return (
    <Dialog
      id="handoff"
      kind="dialog-phone"
      title={words.title}
      open={handoff.open.value}
      closeName={words.close}
      onClose={handoff.close}
    >
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
    </Dialog>
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
