// A photo in a frame, to be enlarged and moved.
import type { Image } from "../../api/types";
import { withKeys } from "../../shared/wording";
import { STEP } from "../../shared/zoom";
import { useStore } from "../context";
import { LargeImage } from "../images/ImageContent";
import { locale } from "../locale";
import { StageTool } from "./StageTool";
import { useZoom } from "./useZoom";

const words = locale.images;

export function Enlarged({ image, number }: { image: Image; number: number }) {
  const { images } = useStore();
  const { frame, place, dragging, handlers, by, whole, own, percent } = useZoom(
    images.lastingKey(image.id),
    image,
  );
  const share = percent();
  const size = share === null ? words.fitted : `${share} %`;
  return (
    <div class="stage-image" data-zoomed={place.scale > 1} data-dragging={dragging}>
      {/* biome-ignore lint/a11y/useSemanticElements: not a form's group. */}
      <div
        ref={frame}
        class="stage-frame"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: plus, minus, 0 and the arrows work on it.
        tabIndex={0}
        aria-label={words.enlarged(number, size)}
        {...handlers}
      >
        <LargeImage image={image} alt={words.number(number)} {...place} />
      </div>
      {image.pages > 1 && <PageTools image={image} />}
      <div class="zoom-tools">
        <StageTool
          name={words.smaller}
          icon="minus"
          keys="−"
          off={place.scale <= 1}
          act={() => by(1 / STEP)}
        />
        <button type="button" class="button quiet zoom-fit" title={withKeys(words.fit, "0")} onClick={whole}>
          <span class="unseen">{words.fitNow}</span>
          {size}
        </button>
        <button type="button" class="button quiet zoom-own" title={withKeys(words.own, "1")} onClick={own}>
          <span class="unseen">{words.own}: </span>1:1
        </button>
        <StageTool name={words.larger} icon="add" keys="+" act={() => by(STEP)} />
      </div>
    </div>
  );
}

function PageTools({ image }: { image: Image }) {
  const { pages } = useStore();
  const page = pages.pageOf(image.id);
  return (
    <div class="zoom-tools page-tools">
      <StageTool
        name={words.pages.previous}
        icon="back"
        off={page <= 1}
        act={() => pages.turnTo(image, page - 1)}
      />
      <p aria-live="polite">{words.pages.of(page, image.pages)}</p>
      <StageTool
        name={words.pages.next}
        icon="forward"
        off={page >= image.pages}
        act={() => pages.turnTo(image, page + 1)}
      />
    </div>
  );
}
