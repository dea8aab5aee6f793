// The selected image, large, to look at closely, with the line a colleague will read under it.

import type { Image } from "../../api/types";
import { megabytes } from "../../shared/wording";
import { STEP } from "../../shared/zoom";
import { useStore } from "../context";
import { EarlierButton } from "../earlier/EarlierButton";
import { useParts } from "../earlier/useParts";
import { drawable, whyNotDrawable } from "../editing/editing";
import { Icon, type IconName } from "../Icon";
import { LargeImage } from "../images/ImageContent";
import { removable } from "../images/images";
import { locale } from "../locale";
import { useZoom } from "./useZoom";

const words = locale.images;

export function Stage() {
  const { images, details, earlier } = useStore();
  const Earlier = useParts();
  const image = images.selected.value;
  if (!image)
    return (
      <section class="stage" aria-label={words.selected}>
        <div class="stage-image" />
      </section>
    );
  const described = details.described(image);
  return (
    <section class="stage" aria-label={words.selected}>
      <StageBar image={image} />
      {Earlier && earlier.chosen.value ? (
        <Earlier.Comparison image={image} number={images.numberOf(image.id)} />
      ) : (
        <Enlarged image={image} number={images.numberOf(image.id)} />
      )}
      <p class="record-line">
        <span class="record-line-label">{words.colleagues}</span>
        {described.bodySite ? (
          <span class="record-line-text">{image.title}</span>
        ) : (
          <span class="record-line-text record-line-missing">{words.noLine}</span>
        )}
      </p>
    </section>
  );
}

function StageBar({ image }: { image: Image }) {
  const { images, editor } = useStore();
  const number = images.numberOf(image.id);
  const count = images.all.value.length;
  const several = images.picked.value.length;
  const whyNot = whyNotDrawable(image);
  return (
    <div class="stage-bar">
      <Tool name={words.previous} icon="back" off={number <= 1} act={() => images.move(-1)} />
      <p class="stage-count">{several > 1 ? words.severalOf(several, count) : words.count(number, count)}</p>
      <Tool name={words.next} icon="forward" off={number >= count} act={() => images.move(1)} />
      <p class="stage-size">
        {several > 1 ? "" : `${image.width} × ${image.height} · ${megabytes(image.bytes)}`}
      </p>
      {count > 1 && (
        <>
          <Tool name={words.earlier} icon="earlier" off={number <= 1} act={() => images.shift(-1)} />
          <Tool name={words.later} icon="later" off={number >= count} act={() => images.shift(1)} />
        </>
      )}
      <EarlierButton quiet />
      {(drawable(image) || whyNot) && (
        <button
          type="button"
          class="button quiet"
          aria-keyshortcuts="E"
          aria-disabled={whyNot !== ""}
          data-reason={whyNot || undefined}
          title={whyNot || words.edit}
          onClick={() => void editor.open(image)}
        >
          <Icon name="edit" />
          <span class="bar-words">{words.edit}</span>
        </button>
      )}
      {images.picked.value.some(removable) && (
        <button type="button" class="button quiet" title={words.remove} onClick={images.removePicked}>
          <Icon name="remove" />
          <span class="bar-words">{several > 1 ? words.removeSeveral(several) : words.remove}</span>
        </button>
      )}
    </div>
  );
}

type ToolProps = { name: string; icon: IconName; off?: boolean; act: () => void };

/** Off, it stays in the tab order, so that pressing it to the end doesn't lose the focus. */
const Tool = ({ name, icon, off = false, act }: ToolProps) => (
  <button
    type="button"
    class="button icon-only quiet"
    aria-label={name}
    title={name}
    aria-disabled={off}
    onClick={() => !off && act()}
  >
    <Icon name={icon} />
  </button>
);

function Enlarged({ image, number }: { image: Image; number: number }) {
  const { frame, place, dragging, handlers, by, whole } = useZoom(image.id, image);
  const percent = `${Math.round(place.scale * 100)} %`;
  return (
    <div class="stage-image" data-zoomed={place.scale > 1} data-dragging={dragging}>
      {/* biome-ignore lint/a11y/useSemanticElements: not a form's group. */}
      <div
        ref={frame}
        class="stage-frame"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: plus, minus, 0 and the arrows work on it.
        tabIndex={0}
        aria-label={words.enlarged(number, percent)}
        {...handlers}
      >
        <LargeImage image={image} alt={words.number(number)} {...place} />
      </div>
      <div class="zoom-tools">
        <Tool name={words.smaller} icon="minus" off={place.scale <= 1} act={() => by(1 / STEP)} />
        <button type="button" class="button quiet zoom-fit" title={words.fit} onClick={whole}>
          <span class="unseen">{words.fitNow}</span>
          {percent}
        </button>
        <Tool name={words.larger} icon="add" act={() => by(STEP)} />
      </div>
    </div>
  );
}
