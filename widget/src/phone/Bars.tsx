// What the clinician should know while going on: no connection, only in memory, full, left from before.
import { counted } from "../shared/wording";
import { usePhone } from "./context";
import { Sign } from "./Icon";

export function Bars() {
  const { link, roll, sending, takeLeftovers } = usePhone();
  const left = roll.leftovers.value.length;
  const limit = link.capabilities.value?.limits.maxPictures ?? 20;
  return (
    <div class="bars" role="status">
      {!link.connected.value && (
        <p class="bar bar-warn">
          <Sign name="offline" />
          <span>
            No connection. Go on taking pictures: they are kept on this phone and sent as soon as there is
            one.
          </span>
        </p>
      )}
      {roll.fragile.value && (
        <p class="bar bar-warn">
          <Sign name="attention" />
          <span>
            This browser can't keep pictures safe here, so they live in this page only. Leave it open until
            they are sent.
          </span>
        </p>
      )}
      {sending.full.value && (
        <p class="bar bar-warn">
          <Sign name="attention" />
          <span>
            The session is full: it holds {limit} pictures. File or remove some on the desktop, then press{" "}
            <i>Try again</i> on those that stayed here.
          </span>
        </p>
      )}
      {left > 0 && (
        <div class="bar bar-note">
          <p>
            {counted(left, "picture")} of this patient from before {left === 1 ? "is" : "are"} still on this
            phone, not sent.
          </p>
          <p class="row">
            <button type="button" class="button" onClick={takeLeftovers}>
              Take {left === 1 ? "it" : "them"} in
            </button>
            <button type="button" class="button quiet" onClick={roll.dropLeftovers}>
              Delete {left === 1 ? "it" : "them"}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
