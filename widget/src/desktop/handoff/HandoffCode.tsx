// The QR code itself, the same address for typing by hand, and how long it counts.
import { minutesAndSeconds } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";

/** As an image, because the page allows no markup from elsewhere; the server drew it. */
const asAddress = (svg: string) => `data:image/svg+xml,${encodeURIComponent(svg)}`;

/** A long address breaks before its path, not inside a word. */
function breakable(address: string) {
  const at = address.lastIndexOf("/");
  return (
    <>
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </>
  );
}

export function HandoffCode() {
  const { handoff, session } = useStore();
  const code = handoff.code.value;
  const open = session.session.value;
  if (!open || !code || !handoff.scannable.value) return <NoCode />;
  return (
    <>
      {!code.reachable && (
        <p class="handoff-hint" role="note">
          <Icon name="attention" />
          <span>{code.hint}</span>
        </p>
      )}
      <figure class="handoff-code">
        <img src={asAddress(code.qrSvg)} alt="QR code that opens ClinicPro Images on a phone" />
        <figcaption>
          <p class="handoff-lead">Scan this with the phone's camera.</p>
          <p class="handoff-soft">
            The phone then shows{" "}
            <b>
              {open.colourName} {open.word}
            </b>
            , as this screen does.
          </p>
          <p class="handoff-time" role="timer" aria-live="off">
            <Icon name="clock" />
            {minutesAndSeconds(handoff.secondsLeft.value)} left to scan
          </p>
          <p class="sub-label">No camera app? Open on the phone</p>
          <p class="handoff-address">{breakable(code.address)}</p>
          <p class="sub-label">and type</p>
          <p class="handoff-words">{code.code}</p>
        </figcaption>
      </figure>
    </>
  );
}

function NoCode() {
  const { handoff } = useStore();
  if (handoff.busy.value)
    return (
      <p class="loading handoff-none" role="status">
        <span class="spinner" /> Making a code…
      </p>
    );
  return (
    <div class="handoff-none" role="status">
      <p>The code no longer counts. Make a new one and scan that.</p>
      <button type="button" class="button primary" onClick={handoff.renew}>
        New code
      </button>
    </div>
  );
}
