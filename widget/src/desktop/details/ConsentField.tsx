// Who agreed to the image, and what it may be used for.
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { useStore } from "../context";
import { locale } from "../locale";
import { Field } from "./Field";
import type { Merged } from "./subjects";

const words = locale.details;

export function ConsentField({ merged }: { merged: Merged }) {
  const { session, details } = useStore();
  const parts = session.capabilities.value?.consent;
  if (!parts) return null;
  const choices = (list: { code: string; display: string }[]) =>
    list.map((part) => ({ value: part.code, label: part.display }));
  const { consent } = merged.image;
  // The narrowest use is assumed until another is chosen.
  const narrowest = parts.scope[0]?.code ?? "record";
  return (
    <Field name={words.fields.consent} mixed={merged.mixed.has("consent")}>
      <p class="sub-label">{words.givenBy}</p>
      <ChipGroup
        label={words.consentBy}
        choices={choices(parts.by)}
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
