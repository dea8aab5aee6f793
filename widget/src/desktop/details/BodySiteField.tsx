// Where on the body: the common sites as chips, the whole list by search, free words if nothing fits.
import type { Image } from "../../api/types";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { Field } from "./Field";
import { SiteSearch } from "./SiteSearch";

const words = locale.details;

const MOST_CHIPS = 12;

export function BodySiteField({ image }: { image: Image }) {
  const { session, details } = useStore();
  const sites = session.capabilities.value?.bodySites ?? [];
  const common = sites.filter((site) => site.common).slice(0, MOST_CHIPS);
  const chosen = image.bodySite;
  const code = chosen && "code" in chosen ? chosen.code : null;
  const elsewhere = chosen && !common.some((site) => site.code === code);
  return (
    <Field
      name={words.fields.bodySite}
      id="body-site"
      image={image}
      copies="bodySite"
      {...(chosen ? {} : { hint: words.needed })}
    >
      {elsewhere && (
        <p class="chosen-site">
          <span>{"text" in chosen ? words.freeText(chosen.text) : chosen.display}</span>
          <button
            type="button"
            class="button icon-only quiet small"
            aria-label={words.clearSite}
            onClick={() => details.edit(image.id, { bodySite: null })}
          >
            <Icon name="cross" />
          </button>
        </p>
      )}
      <ChipGroup
        label={words.commonSites}
        typeInto="#body-site input"
        choices={common.map((site) => ({ value: site.code, label: site.display }))}
        value={code}
        onChoose={(picked) => {
          const site = common.find((candidate) => candidate.code === picked);
          details.edit(image.id, { bodySite: site ? concept(site) : null });
        }}
      />
      <SiteSearch
        onPick={({ site, side }) =>
          details.edit(image.id, { bodySite: concept(site), ...(side ? { laterality: side } : {}) })
        }
        onWords={(text) => details.edit(image.id, { bodySite: { text } })}
      />
    </Field>
  );
}

const concept = ({ system, code, display }: { system: string; code: string; display: string }) => ({
  system,
  code,
  display,
});
