// Which side: only sides that the chosen site can have.
import { isMidline, sidesOf } from "../../../shared/bodySites/sides";
import { ChipGroup } from "../../../shared/ui/ChipGroup";
import { sideWord } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";
import { Field } from "../fields/Field";
import type { Merged } from "../subjects";

const words = locale.details;
const NOT_APPLICABLE = "not-applicable";

export function SideField({ merged }: { merged: Merged }) {
  const { session, details } = useStore();
  const able = session.capabilities.value;
  const sides = able?.lateralities ?? [];
  const sites = able?.bodySites ?? [];
  const { image, images, mixed } = merged;
  const midline = images.every(({ bodySite }) => isMidline(bodySite, sites));
  // A site across the midline has no side until one is given; for paired ones somebody has to say so.
  const none = images.every(
    ({ id, bodySite }) =>
      isMidline(bodySite, sites) || sidesOf(bodySite, sites) === "optional" || details.sideless.value.has(id),
  );
  const unsaid = !image.laterality && !none && !mixed.has("laterality");
  const paired = images.some(({ bodySite }) => sidesOf(bodySite, sites) === "paired");
  return (
    <Field
      name={words.fields.side}
      mixed={mixed.has("laterality")}
      {...(midline ? { note: words.midline } : unsaid && paired ? { hint: words.whichSide } : {})}
    >
      <ChipGroup
        label={words.fields.side}
        choices={[
          ...sides.map((side) => ({ value: side.code, label: sideWord(side), off: midline })),
          { value: NOT_APPLICABLE, label: words.notApplicable },
        ]}
        value={image.laterality?.code ?? (none && !mixed.has("laterality") ? NOT_APPLICABLE : null)}
        some={mixed.has("laterality") ? images.flatMap(({ laterality }) => laterality?.code ?? []) : []}
        clearable={false}
        onChoose={(code) => details.setSide(sides.find((side) => side.code === code) ?? null)}
      />
    </Field>
  );
}
