// The QR code itself, the same address for typing by hand, and how long it counts.
import { minutesAndSeconds } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.handoff;

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
        <img src={asAddress(code.qrSvg)} alt={words.code} />
        <figcaption>
          <p class="handoff-lead">{words.scan}</p>
          <p class="handoff-soft">{words.sameBadge(`${open.colourName} ${open.word}`)}</p>
          <p class="handoff-time" role="timer" aria-live="off">
            <Icon name="clock" />
            {words.left(minutesAndSeconds(handoff.secondsLeft.value))}
          </p>
          <p class="sub-label">{words.byHand}</p>
          <p class="handoff-address">{breakable(code.address)}</p>
          <p class="sub-label">{words.andType}</p>
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
        <span class="spinner" /> {words.making}
      </p>
    );
  return (
    <div class="handoff-none" role="status">
      <p>{handoff.problem.value ? words.notMade : words.expired}</p>
      <button type="button" class="button primary" onClick={handoff.renew}>
        {words.newCode}
      </button>
    </div>
  );
}
