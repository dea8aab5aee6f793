// One picture in the grid: still here with how far it is, or on the desktop.
import type { Image } from "../../api/types";
import { HINTS, placeWords } from "../capture/hints";
import { usePhone } from "../context";
import { Sign } from "../Icon";
import type { Shot } from "../types";

export function ShotTile({ shot, number }: { shot: Shot; number: number }) {
  const { lookingAt } = usePhone();
  const where = placeWords(shot.place);
  return (
    <li class={`tile tile-${shot.state}`}>
      <button type="button" class="tile-face" onClick={() => (lookingAt.value = shot.key)}>
        <span class="unseen">
          Picture {number}, {stateWords(shot)}
        </span>
        {shot.preview && <img src={shot.preview} alt="" />}
        {shot.state === "preparing" && <span class="spinner tile-spinner" />}
        <Caption shot={shot} where={where} />
      </button>
      {shot.wanted && shot.state !== "refused" && (
        <progress aria-label={`Sending picture ${number}`} max={100} value={Math.round(shot.share * 100)} />
      )}
    </li>
  );
}

function Caption({ shot, where }: { shot: Shot; where: string }) {
  if (shot.state === "refused")
    return (
      <span class="tile-caption caption-bad">
        <Sign name="attention" /> Not sent
      </span>
    );
  if (shot.hints[0])
    return (
      <span class="tile-caption caption-warn">
        <Sign name="attention" /> {HINTS[shot.hints[0]].word}
      </span>
    );
  return where ? <span class="tile-caption">{where}</span> : null;
}

function stateWords(shot: Shot): string {
  if (shot.state === "refused") return `not sent: ${shot.refusal?.title ?? ""}`;
  if (shot.state === "sending") return "sending";
  return shot.wanted ? "waiting to be sent" : "not sent yet";
}

export function SentTile({ image, number }: { image: Image; number: number }) {
  const { lookingAt, arrived } = usePhone();
  const filed = image.state === "committed";
  return (
    <li class="tile tile-sent">
      <button type="button" class="tile-face" onClick={() => (lookingAt.value = image.id)}>
        <span class="unseen">
          Picture {number}, {filed ? "filed in the record" : "on the desktop"}
        </span>
        {!filed && <img src={arrived.thumbAddress(image.id)} alt="" loading="lazy" />}
        <span class="tile-caption caption-ok">
          <Sign name="check" /> {filed ? "Filed" : placeWords(image) || "Sent"}
        </span>
      </button>
    </li>
  );
}
