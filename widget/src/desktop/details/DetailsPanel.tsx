// The details of what is selected: chips first, typing second, saved automatically.
import { useEffect, useRef } from "preact/hooks";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { useStore } from "../context";
import { Thumbnail } from "../images/ImageContent";
import { locale } from "../locale";
import { ConsentField } from "./fields/ConsentField";
import { DateTaken } from "./fields/DateTaken";
import { Field } from "./fields/Field";
import { LabelField, NoteField, SensitiveField } from "./fields/TextFields";
import { LesionSet } from "./lesion/LesionSet";
import { SameAsBefore } from "./lesion/SameAsBefore";
import { BodySiteField } from "./site/BodySiteField";
import { SideField } from "./site/SideField";
import { FiledDetails } from "./states/FiledDetails";
import { RefusedByMedtech } from "./states/RefusedByMedtech";
import { SaveState } from "./states/SaveState";
import { type Merged, valuesOf } from "./subjects";

const words = locale.details;

export function DetailsPanel() {
  const { images, details } = useStore();
  const selected = images.selected.value;
  const panel = useRef<HTMLElement>(null);
  const id = selected?.id;
  // Another image starts at its body site again.
  useEffect(() => panel.current?.scrollTo({ top: 0 }), [id]);
  if (!selected) return <section class="details" aria-label={words.title} />;
  const merged = details.merged.value;
  const several = merged && merged.images.length > 1;
  return (
    <section ref={panel} class="details" aria-label={words.title}>
      <div class="details-head">
        <span class="details-photo">
          <Thumbnail id={selected.id} />
        </span>
        <h2>{several ? words.titleOf(merged.images.length) : words.title}</h2>
        {merged && <SaveState images={merged.images} />}
      </div>
      {merged ? <Fields merged={merged} /> : <FiledDetails image={details.described(selected)} />}
    </section>
  );
}

function Fields({ merged }: { merged: Merged }) {
  const { details, images } = useStore();
  // A half-typed search, note or date never carries over to another image; chips only change.
  const subject = merged.images.map(({ id }) => images.lastingKey(id)).join();
  const { image } = merged;
  const others = details.others().length;
  return (
    <div class="details-fields">
      <RefusedByMedtech merged={merged} />
      <SameAsBefore merged={merged} />
      <BodySiteField merged={merged} subject={subject} />
      <SideField merged={merged} />
      <CodedField merged={merged} field="view" name={words.fields.view} />
      <CodedField merged={merged} field="type" name={words.fields.type} />
      <LesionSet merged={merged} />
      <LabelField key={`label ${subject}`} merged={merged} />
      <NoteField key={`note ${subject}`} merged={merged} />
      <DateTaken key={`taken ${subject}`} merged={merged} />
      <ConsentField merged={merged} />
      <SensitiveField image={image} />
      {others > 0 && image.bodySite && (
        <button type="button" class="button wide" onClick={details.applyToAll}>
          {words.applyToAll(others)}
        </button>
      )}
    </div>
  );
}

function CodedField({ merged, field, name }: { merged: Merged; field: "view" | "type"; name: string }) {
  const { session, details } = useStore();
  const concepts = session.capabilities.value?.[field === "view" ? "views" : "types"] ?? [];
  return (
    <Field name={name} mixed={merged.mixed.has(field)}>
      <ChipGroup
        label={name}
        choices={concepts.map((concept) => ({ value: concept.code, label: concept.display }))}
        value={merged.image[field]}
        some={merged.mixed.has(field) ? valuesOf(merged, field) : []}
        onChoose={(code) =>
          field === "view"
            ? details.setView(code as typeof merged.image.view)
            : details.change({ type: code as typeof merged.image.type })
        }
      />
    </Field>
  );
}
