// What the clinician should know while going on: no connection, only in memory, full, left from before.
import { counted } from "../shared/wording";
import { usePhone } from "./context";
import { Icon } from "./Icon";

export function Bars() {
  const { link, pending, sending, addEarlier } = usePhone();
  const left = pending.earlier.value.length;
  const limit = link.capabilities.value?.limits.maxPictures ?? 20;
  return (
    <div class="bars" role="status">
      {!link.connected.value && (
        <p class="bar bar-warn">
          <Icon name="offline" />
          <span>
            No connection. Go on taking images: they are kept on this phone and sent as soon as there is one.
          </span>
        </p>
      )}
      {pending.fragile.value && (
        <p class="bar bar-warn">
          <Icon name="attention" />
          <span>
            This browser can't keep photos safe here, so they live in this page only. Leave it open until they
            are sent.
          </span>
        </p>
      )}
      {sending.full.value && (
        <p class="bar bar-warn">
          <Icon name="attention" />
          <span>
            The session is full: it holds {limit} images. File or remove some on the desktop, then press{" "}
            <i>Try again</i> on those that stayed here.
          </span>
        </p>
      )}
      {left > 0 && (
        <div class="bar bar-note">
          <p>
            {counted(left, "photo")} of this patient from before {left === 1 ? "is" : "are"} still on this
            phone, not sent.
          </p>
          <p class="row">
            <button type="button" class="button" onClick={addEarlier}>
              Take {left === 1 ? "it" : "them"} in
            </button>
            <button type="button" class="button quiet" onClick={pending.deleteEarlier}>
              Delete {left === 1 ? "it" : "them"}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
