// Who agreed to the image, and what it may be used for.
import { ChipGroup } from "../../../shared/ui/ChipGroup";
import { yearsOf } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";
import type { Merged } from "../subjects";
import { Field } from "./Field";

const words = locale.details;

/** From 16 on a person consents for themselves (Care of Children Act 2004, s 36). */
const OF_AGE = 16;

export function ConsentField({ merged }: { merged: Merged }) {
  const { session, details } = useStore();
  const parts = session.capabilities.value?.consent;
  if (!parts) return null;
  const choices = (list: { code: string; display: string }[]) =>
    list.map((part) => ({ value: part.code, label: part.display }));
  const { consent } = merged.image;
  // The narrowest use is assumed until another is chosen.
  const narrowest = parts.scope[0]?.code ?? "record";
  const birthDate = session.session.value?.patient.birthDate ?? "";
  const child = yearsOf(birthDate, new Date()) < OF_AGE;
  // Of a child it is usually the parent: first in reach, never chosen for anybody.
  const givers = [...parts.by].sort(
    (a, b) => Number(child && b.code === "guardian") - Number(child && a.code === "guardian"),
  );
  return (
    <Field
      name={words.fields.consent}
      mixed={merged.mixed.has("consent")}
      {...(child ? { note: words.underAge(OF_AGE) } : {})}
    >
      <p class="sub-label">{words.givenBy}</p>
      <ChipGroup
        label={words.consentBy}
        choices={choices(givers)}
        value={consent?.by ?? null}
        onChoose={(by) => details.change({ consent: by ? { by, scope: consent?.scope ?? narrowest } : null })}
      />
      {consent && (
        <>
          <p class="sub-label">{words.usedFor}</p>
          <ChipGroup
            label={words.consentScope}
            choices={choices(parts.scope)}
            value={consent.scope}
            clearable={false}
            onChoose={(scope) => details.change({ consent: { ...consent, scope: scope ?? narrowest } })}
          />
        </>
      )}
    </Field>
  );
}
