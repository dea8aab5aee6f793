// The chosen earlier photo while there is no new one yet: to look at before taking it again.
import { earlierAddress } from "../../../api/addresses";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { when } from "../list/EarlierDialog";

const words = locale.earlier;

export function ChosenAlone() {
  const { earlier } = useStore();
  const chosen = earlier.chosen.value;
  if (!chosen) return null;
  return (
    <figure class="chosen-alone">
      <img src={earlierAddress(chosen.id, "view")} alt={words.earlierPhoto(chosen.title, when(chosen))} />
      <figcaption>
        <span>
          <b>{when(chosen)}</b> {chosen.title}
        </span>
        <button
          type="button"
          class="button icon-only quiet"
          aria-label={words.putAway}
          onClick={earlier.putAway}
        >
          <Icon name="cross" />
        </button>
        <span class="row-more">{words.willStand}</span>
      </figcaption>
    </figure>
  );
}
