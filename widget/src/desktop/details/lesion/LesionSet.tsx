// The three views that a referral of a lesion needs, as slots: which photo is in each, and what is missing.
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import type { Merged } from "../subjects";
import { inSlot, lesionKey, missingOf, SLOTS, setOf } from "./lesionSet";

const words = locale.details.set;

export function LesionSet({ merged }: { merged: Merged }) {
  const { images, details } = useStore();
  const several = merged.images.length;
  const unviewed = merged.images.every(({ view }) => !view);
  if (several > 1 && several <= SLOTS.length && unviewed)
    return (
      <button type="button" class="button wide fill-set" onClick={details.fillSet}>
        <Icon name="set" />
        {words.fill(several)}
      </button>
    );
  const set = setOf(merged.image, images.all.value.map(details.described));
  const opened = set.length > 0 && details.openedSet.value === lesionKey(merged.image);
  if ((set.length < 2 && !opened) || merged.mixed.has("type")) return null;
  const missing = missingOf(set);
  return (
    <section class="lesion-set" aria-label={words.title}>
      <ul>
        {SLOTS.map((slot) => {
          const found = inSlot(set, slot);
          return (
            <li key={slot} data-filled={found !== undefined}>
              <Icon name={found ? "check" : "minus"} />
              {words.slots[slot]} {found && <span>{words.photo(images.numberOf(found.id))}</span>}
              {!found && several === 1 && unviewed && (
                <button
                  type="button"
                  class="button quiet"
                  aria-label={words.thisPhotoIs(words.slots[slot])}
                  onClick={() => details.setView(slot)}
                >
                  {words.thisPhoto}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {missing.length > 0 && <p>{words.missing(missing)}</p>}
    </section>
  );
}
