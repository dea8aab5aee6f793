// The selected image, large, to look at closely, with the line a colleague will read under it.

import type { Image } from "../../api/types";
import { megabytes, withKeys } from "../../shared/wording";
import { useStore } from "../context";
import { EarlierButton } from "../earlier/EarlierButton";
import { useParts } from "../earlier/useParts";
import { drawable, whyNotDrawable } from "../editing/editing";
import { Icon } from "../Icon";
import { removable } from "../images/images";
import { isLocal } from "../images/local";
import { locale } from "../locale";
import { Enlarged } from "./Enlarged";
import { isDocument } from "./pages";
import { StageTool } from "./StageTool";

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
        {image.incomplete && <span class="record-line-incomplete">{words.incomplete}</span>}
        <span class="record-line-label">{words.colleagues}</span>
        {described.bodySite ? (
          <span class="record-line-text">{described.title}</span>
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
      <StageTool name={words.previous} icon="back" keys="←" off={number <= 1} act={() => images.move(-1)} />
      <p class="stage-count">{several > 1 ? words.severalOf(several, count) : words.count(number, count)}</p>
      <StageTool name={words.next} icon="forward" keys="→" off={number >= count} act={() => images.move(1)} />
      <p class="stage-size">
        {several > 1 || isLocal(image.id)
          ? ""
          : `${isDocument(image) ? words.pages.pdf(image.pages) : `${image.width} × ${image.height}`} · ${megabytes(image.bytes)}`}
      </p>
      {count > 1 && (
        <>
          <StageTool
            name={words.earlier}
            icon="earlier"
            keys="Ctrl + ←"
            off={number <= 1}
            act={() => images.shift(-1)}
          />
          <StageTool
            name={words.later}
            icon="later"
            keys="Ctrl + →"
            off={number >= count}
            act={() => images.shift(1)}
          />
        </>
      )}
      <EarlierButton quiet />
      {!isLocal(image.id) && (drawable(image) || whyNot) && (
        <button
          type="button"
          class="button quiet"
          aria-keyshortcuts="E"
          aria-disabled={whyNot !== ""}
          data-reason={whyNot || undefined}
          title={whyNot || withKeys(words.edit, "E")}
          onClick={() => void editor.open(image)}
        >
          <Icon name="edit" />
          <span class="bar-words">{words.edit}</span>
        </button>
      )}
      {images.picked.value.some(removable) && (
        <button
          type="button"
          class="button quiet"
          title={withKeys(words.remove, "Delete")}
          data-once
          onClick={images.removePicked}
        >
          <Icon name="remove" />
          <span class="bar-words">{several > 1 ? words.removeSeveral(several) : words.remove}</span>
        </button>
      )}
    </div>
  );
}
