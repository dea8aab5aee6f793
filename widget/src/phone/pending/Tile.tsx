// One image in the grid: still here with how far it is, or on the desktop.
import type { Image } from "../../api/types";
import { HINTS, placeWords } from "../capture/coach/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { PendingImage } from "../types";
import { useStoredBytes } from "./storage/useStoredBytes";

const words = locale.pending;

export function PendingTile({ pendingImage, number }: { pendingImage: PendingImage; number: number }) {
  const { screens } = usePhone();
  const where = placeWords(pendingImage.place);
  return (
    <li class={`tile tile-${pendingImage.state}`}>
      <button type="button" class="tile-face" onClick={() => screens.look(pendingImage.key)}>
        <span class="unseen">{words.tile(number, stateWords(pendingImage))}</span>
        <Face pendingImage={pendingImage} />
        {pendingImage.state === "preparing" && <span class="spinner tile-spinner" />}
        <Caption pendingImage={pendingImage} where={where} />
      </button>
      {pendingImage.wanted && pendingImage.state !== "refused" && (
        <progress
          aria-label={words.progress(number)}
          max={100}
          value={Math.round(pendingImage.share * 100)}
        />
      )}
    </li>
  );
}

/** One without a small copy, as where the code that makes it could not be fetched, is shown as it is. */
function Face({ pendingImage }: { pendingImage: PendingImage }) {
  const { preview, state } = pendingImage;
  const address = useStoredBytes(pendingImage, !preview && state !== "preparing");
  const src = preview || address;
  return src ? <img src={src} alt="" /> : null;
}

function Caption({ pendingImage, where }: { pendingImage: PendingImage; where: string }) {
  if (pendingImage.state === "refused")
    return (
      <span class="tile-caption caption-bad">
        <Icon name="attention" /> {words.refused}
      </span>
    );
  if (pendingImage.hints[0])
    return (
      <span class="tile-caption caption-warn">
        <Icon name="attention" /> {HINTS[pendingImage.hints[0]].word}
      </span>
    );
  return where ? (
    <span class="tile-caption">
      <span>{where}</span>
    </span>
  ) : null;
}

function stateWords(pendingImage: PendingImage): string {
  if (pendingImage.state === "refused") return words.states.refused(pendingImage.refusal?.title ?? "");
  if (pendingImage.state === "sending") return words.states.sending;
  return pendingImage.wanted ? words.states.waiting : words.states.unsent;
}

export function SentTile({ image, number }: { image: Image; number: number }) {
  const { screens, sentImages } = usePhone();
  const filed = image.state === "committed";
  return (
    <li class="tile tile-sent">
      <button type="button" class="tile-face" onClick={() => screens.look(image.id)}>
        <span class="unseen">{words.tile(number, filed ? words.states.filed : words.states.sent)}</span>
        {!filed && <img src={sentImages.thumbAddress(image.id)} alt="" loading="lazy" />}
        <span class="tile-caption caption-ok">
          <Icon name="check" /> <span>{filed ? words.filed : placeWords(image) || words.sent}</span>
        </span>
      </button>
    </li>
  );
}
