// One press for "the same place as before": offered, never done by itself, so that nothing is coded unseen.

import type { Image } from "../../api/types";
import { sideWord } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

export function SameAsBefore({ image }: { image: Image }) {
  const { images, details, session } = useStore();
  const before = details.lastDescribed(image.id);
  if (image.bodySite || !before?.bodySite) return null;
  const site = "text" in before.bodySite ? before.bodySite.text : before.bodySite.display;
  const type = session.capabilities.value?.types.find((one) => one.code === before.type)?.display;
  const facts = [before.laterality ? `${sideWord(before.laterality)} ${site.toLowerCase()}` : site, type];
  return (
    <button type="button" class="button same-as" onClick={() => details.sameAs(image, before)}>
      <Icon name="copy" />
      <span>{locale.details.sameAs(images.numberOf(before.id), facts.filter(Boolean).join(", "))}</span>
    </button>
  );
}
