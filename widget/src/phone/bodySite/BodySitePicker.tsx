// Side and body site as chips, and above them in words which photo they describe.
import { useEffect, useRef, useState } from "preact/hooks";
import type { BodySite, Concept, KnownBodySite } from "../../api/types";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { sideWord } from "../../shared/wording";
import { placeWords } from "../capture/coach/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { BodyPlace } from "../types";
import { type FindSites, loadFind } from "./loadFind";

const words = locale.bodySite;

const MOST = 12;

/** Arms, hands, legs and feet: what is photographed most in general practice. The others follow in the list's own order. */
const FIRST = ["14975008", "85562004", "30021000", "56459004", "40983000", "68367000"];
const codeOf = (site: BodySite | null) => (site && "code" in site ? site.code : null);

type Props = {
  /** Which photos the chips describe, in words; and a key that changes when they are others. */
  whose: string;
  subject: string;
  place: BodyPlace;
  onChange: (news: Partial<BodyPlace>) => void;
  /** Instead of the place in words. */
  remark?: string;
};

export function BodySitePicker({ whose, subject, place, onChange, remark }: Props) {
  const known = usePhone().link.capabilities.value;
  const [searching, setSearching] = useState(false);
  const row = useRef<HTMLDivElement>(null);
  /** A side was pressed here for this very photo. */
  const sided = useRef(false);
  useEffect(() => {
    sided.current = false;
  }, [subject]);
  const code = codeOf(place.bodySite);
  // What is pressed is seen, also where the row goes on beyond the screen.
  useEffect(() => {
    const chip = row.current?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (chip && row.current) row.current.scrollLeft = chip.offsetLeft - row.current.clientWidth / 3;
  }, [code, known]);
  if (!known) return <div class="site-picker" aria-hidden="true" />;
  const rank = ({ code }: KnownBodySite) => (FIRST.indexOf(code) + FIRST.length + 1) % (FIRST.length + 1);
  const common = known.bodySites
    .filter((site) => site.common)
    .slice(0, MOST)
    .sort((one, other) => rank(one) - rank(other));
  const chosen = known.bodySites.find((site) => site.code === code);
  const shown = chosen && !common.includes(chosen) ? [chosen, ...common] : common;
  const plain = ({ system, code, display }: Concept): Concept => ({ system, code, display });

  function choose(site: KnownBodySite | undefined, side: Concept | null = null) {
    // One that was pressed for this very photo stays, whichever of the two is pressed first; one that stuck doesn't.
    const own = side ?? (sided.current ? place.laterality : null);
    const laterality = site?.sides === "none" ? { laterality: null } : own && { laterality: plain(own) };
    onChange({ bodySite: site ? plain(site) : null, ...laterality });
    setSearching(false);
  }

  return (
    <section class="site-picker" aria-label={words.where}>
      <h2 class="site-picker-about">{words.about(whose, remark ?? (placeWords(place) || words.noSite))}</h2>
      <ChipGroup
        label={locale.shared.body.side}
        choices={known.lateralities.map((side) => ({
          value: side.code,
          label: sideWord(side),
          off: chosen?.sides === "none",
        }))}
        value={place.laterality?.code ?? null}
        onChoose={(code) => {
          const side = known.lateralities.find((each) => each.code === code);
          sided.current = true;
          onChange({ laterality: side ? plain(side) : null });
        }}
      />
      {searching ? (
        <Search
          sites={known.bodySites}
          sides={known.lateralities}
          onFound={choose}
          onClose={() => setSearching(false)}
        />
      ) : (
        <div class="site-picker-sites" ref={row}>
          <ChipGroup
            label={locale.shared.body.site}
            choices={shown.map((site) => ({ value: site.code, label: site.display }))}
            value={code}
            onChoose={(code) => choose(known.bodySites.find((site) => site.code === code))}
          />
          <button type="button" class="chip chip-more" onClick={() => setSearching(true)}>
            {words.another}
          </button>
        </div>
      )}
    </section>
  );
}

type SearchProps = {
  sites: KnownBodySite[];
  sides: Concept[];
  onFound: (site: KnownBodySite, side: Concept | null) => void;
  onClose: () => void;
};

/** In the place of the two rows of chips, and as high as they are. */
function Search({ sites, sides, onFound, onClose }: SearchProps) {
  const [typed, setTyped] = useState("");
  const [find, setFind] = useState<FindSites | null>(null);
  // After a failure it is fetched again with the next letter.
  useEffect(() => {
    if (!find)
      loadFind().then(
        (loaded) => setFind(() => loaded),
        () => {},
      );
  }, [find, typed]);
  const found = find ? find(typed, sites, sides, 6) : [];
  return (
    <div class="site-picker-search">
      <div class="site-picker-typing">
        <label>
          <span class="unseen">{words.find}</span>
          <input
            type="text"
            placeholder={words.hint}
            autocomplete="off"
            enterkeyhint="search"
            value={typed}
            ref={(input) => input?.focus()}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="button" class="chip" aria-label={words.closeSearch} onClick={onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="chips">
        {found.map(({ site, side }) => (
          <button key={site.code} type="button" class="chip" onClick={() => onFound(site, side)}>
            {placeWords({ bodySite: site, laterality: side })}
          </button>
        ))}
        {typed && find && found.length === 0 && <p class="quiet-words">{words.none}</p>}
      </div>
    </div>
  );
}
