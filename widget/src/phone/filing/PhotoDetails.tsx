// Everything that can be said of a photo besides side and site, each saved as soon as it is chosen.
import { useState } from "preact/hooks";
import type { ApiProblem } from "../../api/problem";
import type { Details, Image } from "../../api/types";
import { tooLong } from "../../shared/textLength";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { Reference } from "../../shared/ui/Reference";
import type { PhoneFiling } from "./filing";
import { phoneFilingWords as words } from "./locale";

export function PhotoDetails({ image, filing }: { image: Image; filing: PhoneFiling }) {
  const [complaint, setComplaint] = useState<ApiProblem | null>(null);
  const able = filing.able.value;
  const save = async (news: Partial<Details>) => setComplaint(await filing.save(image.id, news));
  const typed = filing.typed.value.get(image.id) ?? {};
  const text = (field: "label" | "notes") => ({
    value: typed[field] ?? image[field],
    "aria-invalid": tooLong({ [field]: typed[field] }) !== "",
    onInput: (event: { currentTarget: { value: string } }) =>
      filing.type(image.id, { [field]: event.currentTarget.value }),
    onChange: (event: { currentTarget: { value: string } }) => save({ [field]: event.currentTarget.value }),
  });
  if (!able) return null;
  const listed = (list: readonly { code: string; display: string }[]) =>
    list.map(({ code, display }) => ({ value: code, label: display }));
  const { consent } = image;
  const narrowest = able.consent.scope[0]?.code ?? "record";
  return (
    <div class="photo-details">
      <Named name={words.fields.view}>
        <ChipGroup
          label={words.fields.view}
          choices={listed(able.views)}
          value={image.view}
          onChoose={(view) => save({ view: view as Image["view"] })}
        />
      </Named>
      <Named name={words.fields.type}>
        <ChipGroup
          label={words.fields.type}
          choices={listed(able.types)}
          value={image.type}
          onChoose={(type) => save({ type: type as Image["type"] })}
        />
      </Named>
      <label>
        <span>{words.fields.label}</span>
        <input type="text" placeholder={words.fields.labelHint} autocomplete="off" {...text("label")} />
      </label>
      <label>
        <span>{words.fields.note}</span>
        <textarea rows={2} {...text("notes")} />
      </label>
      <Named name={words.fields.givenBy}>
        <ChipGroup
          label={words.fields.givenBy}
          choices={listed(able.consent.by)}
          value={consent?.by ?? null}
          onChoose={(by) => save({ consent: by ? { by, scope: consent?.scope ?? narrowest } : null })}
        />
      </Named>
      {consent && (
        <Named name={words.fields.usedFor}>
          <ChipGroup
            label={words.fields.usedFor}
            choices={listed(able.consent.scope)}
            value={consent.scope}
            clearable={false}
            onChoose={(scope) => save({ consent: { ...consent, scope: scope ?? narrowest } })}
          />
        </Named>
      )}
      <label class="follow-tick">
        <input
          type="checkbox"
          checked={image.sensitive}
          onChange={(event) => save({ sensitive: event.currentTarget.checked })}
        />
        {words.fields.sensitive}
      </label>
      {complaint && (
        <p class="words words-bad" role="alert">
          {complaint.detail}
          <Reference of={complaint.reference} />
        </p>
      )}
    </div>
  );
}

const Named = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <p class="photo-details-name" aria-hidden="true">
      {name}
    </p>
    {children}
  </div>
);
