// The selected image, large, to look at closely, with the line a colleague will read under it.

import type { Image } from "../../api/types";
import { counted, megabytes } from "../../shared/wording";
import { STEP } from "../../shared/zoom";
import { useStore } from "../context";
import { drawable, whyNotDrawable } from "../editing/editing";
import { Icon, type IconName } from "../Icon";
import { LargeImage } from "../images/ImageContent";
import { removable } from "../images/images";
import { useZoom } from "./useZoom";

export function Stage() {
  const { images, details } = useStore();
  const image = images.selected.value;
  if (!image)
    return (
      <section class="stage" aria-label="Selected photo">
        <div class="stage-image" />
      </section>
    );
  const described = details.described(image);
  return (
    <section class="stage" aria-label="Selected photo">
      <StageBar image={image} />
      <Enlarged image={image} number={images.numberOf(image.id)} />
      <p class="record-line">
        <span class="record-line-label">Colleagues will read</span>
        {described.bodySite ? (
          <span class="record-line-text">{image.title}</span>
        ) : (
          <span class="record-line-text record-line-missing">
            Say where on the body, and the line appears here
          </span>
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
      <Tool name="Previous photo" icon="back" off={number <= 1} act={() => images.move(-1)} />
      <p class="stage-count">
        {several > 1 ? `${several} of ${count} selected` : `Photo ${number} of ${count}`}
      </p>
      <Tool name="Next photo" icon="forward" off={number >= count} act={() => images.move(1)} />
      <p class="stage-size">
        {several > 1 ? "" : `${image.width} × ${image.height} · ${megabytes(image.bytes)}`}
      </p>
      {count > 1 && (
        <>
          <Tool name="Move earlier" icon="earlier" off={number <= 1} act={() => images.shift(-1)} />
          <Tool name="Move later" icon="later" off={number >= count} act={() => images.shift(1)} />
        </>
      )}
      {(drawable(image) || whyNot) && (
        <button
          type="button"
          class="button quiet"
          aria-keyshortcuts="E"
          aria-disabled={whyNot !== ""}
          data-reason={whyNot || undefined}
          title={whyNot || "Edit"}
          onClick={() => void editor.open(image)}
        >
          <Icon name="edit" />
          <span class="bar-words">Edit</span>
        </button>
      )}
      {images.picked.value.some(removable) && (
        <button type="button" class="button quiet" title="Remove" onClick={images.removePicked}>
          <Icon name="remove" />
          <span class="bar-words">Remove{several > 1 && ` ${counted(several, "photo")}`}</span>
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
        aria-label={`Photo ${number} enlarged to ${percent}; plus and minus change that, arrows move it`}
        {...handlers}
      >
        <LargeImage image={image} alt={`Photo ${number}`} {...place} />
      </div>
      <div class="zoom-tools">
        <Tool name="Smaller" icon="minus" off={place.scale <= 1} act={() => by(1 / STEP)} />
        <button type="button" class="button quiet zoom-fit" title="Fit to the frame" onClick={whole}>
          <span class="unseen">Fit to the frame, now </span>
          {percent}
        </button>
        <Tool name="Larger" icon="add" act={() => by(STEP)} />
      </div>
    </div>
  );
}
