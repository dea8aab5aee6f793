// The details of the selected image: chips first, typing second, saved automatically.
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../../api/types";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { sideWord } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { editable } from "../images/images";
import { locale } from "../locale";
import { BodySiteField } from "./BodySiteField";
import { ConsentField } from "./ConsentField";
import { CODED } from "./details";
import { Field } from "./Field";
import { FiledDetails } from "./FiledDetails";
import { SaveState } from "./SaveState";
import { DateTaken, LabelField, NoteField, SensitiveField } from "./TextFields";

const words = locale.details;

export function DetailsPanel() {
  const { images, details } = useStore();
  const selected = images.selected.value;
  const panel = useRef<HTMLElement>(null);
  const id = selected?.id;
  // Another image starts at its body site again.
  useEffect(() => panel.current?.scrollTo({ top: 0 }), [id]);
  if (!selected) return <section class="details" aria-label={words.title} />;
  const image = details.described(selected);
  return (
    <section ref={panel} class="details" aria-label={words.title}>
      <div class="details-head">
        <h2>{words.title}</h2>
        {editable(image) && <SaveState image={image} />}
      </div>
      {editable(image) ? <Fields key={image.id} image={image} /> : <FiledDetails image={image} />}
    </section>
  );
}

/** Keyed by image, so that a half-typed search or note never carries over to another one. */
function Fields({ image }: { image: Image }) {
  const { details } = useStore();
  const others = details.targets(image, "all");
  const picked = details.targets(image, "picked");
  return (
    <div class="details-fields">
      <SameAsBefore image={image} />
      <BodySiteField image={image} />
      <SideField image={image} />
      <CodedField image={image} field="view" name={words.fields.view} />
      <CodedField image={image} field="type" name={words.fields.type} />
      <LabelField image={image} />
      <NoteField image={image} />
      <DateTaken image={image} />
      <ConsentField image={image} />
      <SensitiveField image={image} />
      {picked.length > 0 && (
        <button type="button" class="button wide" onClick={() => details.copy(image, CODED, "picked")}>
          {words.copyAllToSelected(picked.length)}
        </button>
      )}
      {others.length > 0 && (
        <button type="button" class="button wide" onClick={() => details.copy(image, CODED)}>
          {words.copyAllToOthers}
        </button>
      )}
    </div>
  );
}

const NOT_APPLICABLE = "not-applicable";

/** "Not applicable" sends no side; it shows as pressed only once the user chose it, never automatically. */
function SideField({ image }: { image: Image }) {
  const { session, details } = useStore();
  const sides = session.capabilities.value?.lateralities ?? [];
  const choices = [
    ...sides.map((side) => ({ value: side.code, label: sideWord(side) })),
    { value: NOT_APPLICABLE, label: words.notApplicable },
  ];
  const none = details.sideless.value.has(image.id) ? NOT_APPLICABLE : null;
  return (
    <Field name={words.fields.side} image={image} copies="laterality">
      <ChipGroup
        label={words.fields.side}
        choices={choices}
        value={image.laterality?.code ?? none}
        clearable={false}
        onChoose={(code) => details.side(image.id, sides.find((side) => side.code === code) ?? null)}
      />
    </Field>
  );
}

function CodedField({ image, field, name }: { image: Image; field: "view" | "type"; name: string }) {
  const { session, details } = useStore();
  const concepts = session.capabilities.value?.[field === "view" ? "views" : "types"] ?? [];
  return (
    <Field name={name} image={image} copies={field}>
      <ChipGroup
        label={name}
        choices={concepts.map((concept) => ({ value: concept.code, label: concept.display }))}
        value={image[field]}
        onChoose={(code) => details.edit(image.id, { [field]: code })}
      />
    </Field>
  );
}

function SameAsBefore({ image }: { image: Image }) {
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
