// The sites of this patient's other photos, with their side: one press sets both.
import type { Image } from "../../../api/types";
import { placed } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.details;
const MOST = 3;

type Place = Pick<Image, "bodySite" | "laterality">;

export const placeName = ({ bodySite, laterality }: Place): string => placed(bodySite, laterality);

export function RecentSites() {
  const { images, details, session } = useStore();
  /** Without a side it is one of the chips below. */
  const common = new Set(
    session.capabilities.value?.bodySites.filter((site) => site.common).map(({ code }) => code),
  );
  const isChip = ({ bodySite, laterality }: Place) =>
    !laterality && bodySite !== null && "code" in bodySite && common.has(bodySite.code);
  const ours = new Set(details.subjects.value.map(({ id }) => id));
  const here = new Set(details.subjects.value.map(placeName));
  const seen = new Map<string, Image>();
  for (const image of images.all.value.map(details.described).toReversed())
    if (image.bodySite && !ours.has(image.id) && !isChip(image)) seen.set(placeName(image), image);
  const recent = [...seen].filter(([name]) => !here.has(name)).slice(0, MOST);
  if (recent.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce its legend before every chip.
    <div class="recent-sites" role="group" aria-label={words.recent}>
      {recent.map(([name, image]) => (
        <button
          key={name}
          type="button"
          class="chip chip-recent"
          onClick={() => details.setSite(image.bodySite, image.laterality)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
