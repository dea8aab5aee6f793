// What the clinician should know while going on: no connection, only in memory, full, left from before.
import { usePhone } from "./context";
import { Icon } from "./Icon";
import { locale } from "./locale";

const words = locale.bars;

export function Bars() {
  const { link, pending, sending, addEarlier } = usePhone();
  const left = pending.earlier.value.length;
  const limit = link.capabilities.value?.limits.maxPictures ?? 20;
  return (
    <div class="bars" role="status">
      {!link.connected.value && (
        <p class="bar bar-warn">
          <Icon name="offline" />
          <span>{words.offline}</span>
        </p>
      )}
      {pending.fragile.value && (
        <p class="bar bar-warn">
          <Icon name="attention" />
          <span>{words.fragile}</span>
        </p>
      )}
      {sending.full.value && (
        <p class="bar bar-warn">
          <Icon name="attention" />
          <span>{words.full(limit)}</span>
        </p>
      )}
      {left > 0 && (
        <div class="bar bar-note">
          <p>{words.earlier(left)}</p>
          <p class="row">
            <button type="button" class="button" onClick={addEarlier}>
              {words.addEarlier}
            </button>
            <button type="button" class="button quiet" onClick={pending.deleteEarlier}>
              {words.deleteEarlier}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}
