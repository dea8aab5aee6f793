// A newcomer is often the next photo of the same thing: one press takes over what was said of the last one.
import { placed } from "../../../shared/wording";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import type { Merged } from "../subjects";

export function SameAsBefore({ merged }: { merged: Merged }) {
  const { images, details, session } = useStore();
  const before = details.lastDescribed(merged.images.map(({ id }) => id));
  if (merged.images.some(({ bodySite }) => bodySite) || !before?.bodySite) return null;
  const type = session.capabilities.value?.types.find((one) => one.code === before.type)?.display;
  const facts = [placed(before.bodySite, before.laterality), type, before.label].filter(Boolean).join(", ");
  return (
    <button type="button" class="button same-as" onClick={() => details.sameAs(before)}>
      <Icon name="copy" />
      <span>{locale.details.sameAs(images.numberOf(before.id), facts)}</span>
    </button>
  );
}
