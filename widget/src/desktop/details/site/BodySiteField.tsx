// Where on the body: the common sites as chips, a body map, the whole list by one line, free words if nothing fits.
import { freeSite } from "../../../shared/bodySites/phrase";
import { ChipGroup } from "../../../shared/ui/ChipGroup";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { Field } from "../fields/Field";
import type { Merged } from "../subjects";
import { BodyMapButton, BodyMapPanel } from "./BodyMapPanel";
import { RecentSites } from "./RecentSites";
import { SiteSearch } from "./SiteSearch";

const words = locale.details;

const MOST_CHIPS = 12;

/** `subject`: which images it is about. */
export function BodySiteField({ merged, subject }: { merged: Merged; subject: string }) {
  const { session, details } = useStore();
  const able = session.capabilities.value;
  const sites = able?.bodySites ?? [];
  const common = sites.filter((site) => site.common).slice(0, MOST_CHIPS);
  const chosen = merged.image.bodySite;
  const code = chosen && "code" in chosen ? chosen.code : null;
  const elsewhere = chosen && !common.some((site) => site.code === code);
  const some = merged.images.flatMap(({ bodySite }) => (bodySite && "code" in bodySite ? bodySite.code : []));
  const mixed = merged.mixed.has("bodySite");
  const needed = merged.images.some(({ bodySite }) => !bodySite);
  return (
    <Field
      name={words.fields.bodySite}
      id="body-site"
      mixed={mixed}
      {...(needed ? { hint: words.needed } : {})}
    >
      <SiteSearch
        key={subject}
        onPick={details.say}
        onWords={(typed) => {
          if (!able) return;
          const { text, side } = freeSite(typed, able);
          details.setSite({ text }, side);
        }}
      />
      <RecentSites />
      <ChipGroup
        label={words.commonSites}
        typeInto="#body-site input"
        choices={common.map((site) => ({ value: site.code, label: site.display }))}
        value={code}
        some={mixed ? some : []}
        onChoose={(picked) => {
          const site = common.find((candidate) => candidate.code === picked);
          details.setSite(site ? concept(site) : null);
        }}
      />
      <div class="chosen-row">
        <BodyMapButton />
        {elsewhere && (
          <p class="chosen-site">
            <span>{"text" in chosen ? words.freeText(chosen.text) : chosen.display}</span>
            <button
              type="button"
              class="button icon-only quiet small"
              aria-label={words.clearSite}
              onClick={() => details.setSite(null)}
            >
              <Icon name="cross" />
            </button>
          </p>
        )}
      </div>
      <BodyMapPanel merged={merged} />
    </Field>
  );
}

const concept = ({ system, code, display }: { system: string; code: string; display: string }) => ({
  system,
  code,
  display,
});
