// The chosen earlier photo while there is no new one yet: to look at before taking it again.
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { when } from "../list/EarlierDialog";
import { EarlierPicture } from "./EarlierPicture";

const words = locale.earlier;

export function ChosenAlone() {
  const { earlier } = useStore();
  const place = useRef<HTMLElement>(null);
  const chosen = earlier.chosen.value;
  const id = chosen?.id;
  // Below the window's edge, nothing would seem to have happened.
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [id]);
  if (!chosen) return null;
  return (
    <figure ref={place} class="chosen-alone">
      <EarlierPicture
        key={chosen.id}
        id={chosen.id}
        size="view"
        alt={words.earlierPhoto(chosen.title, when(chosen))}
        again
      />
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
