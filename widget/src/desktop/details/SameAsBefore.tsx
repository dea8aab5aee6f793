// One press for "the same place as before": offered, never done by itself, so that nothing is coded unseen.
import type { Image } from "../../api/types";
import { sideWord } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";

export function SameAsBefore({ image }: { image: Image }) {
  const { images, details, session } = useStore();
  const before = details.lastDescribed(image.id);
  if (image.bodySite || !before?.bodySite) return null;
  const site = "text" in before.bodySite ? before.bodySite.text : before.bodySite.display;
  const type = session.capabilities.value?.types.find((one) => one.code === before.type)?.display;
  const words = [before.laterality ? `${sideWord(before.laterality)} ${site.toLowerCase()}` : site, type];
  return (
    <button type="button" class="button same-as" onClick={() => details.sameAs(image, before)}>
      <Icon name="copy" />
      <span>
        Same as image {images.numberOf(before.id)}: <b>{words.filter(Boolean).join(", ")}</b>
      </span>
    </button>
  );
}
