// One line for site, side, view, type and label over the whole list.
import { useEffect, useState } from "preact/hooks";
import { prepareSites } from "../../../shared/bodySites/find";
import { findPhrases, type PhraseFound } from "../../../shared/bodySites/phrase";
import { splitWords } from "../../../shared/bodySites/sides";
import { tooLong } from "../../../shared/textLength";
import { ListBox } from "../../../shared/ui/ListBox";
import { sideWord } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.details;

const PREPARE_MS = 300;

type Props = { onPick: (found: PhraseFound) => void; onWords: (text: string) => void };

export function SiteSearch({ onPick, onWords }: Props) {
  const { session } = useStore();
  const [typed, setTyped] = useState("");
  const known = session.capabilities.value;
  useEffect(() => {
    const later = setTimeout(() => known && prepareSites(known.bodySites), PREPARE_MS);
    return () => clearTimeout(later);
  }, [known]);
  const text = typed.trim();
  const found = known ? findPhrases(text, known) : [];
  const refused = splitWords(text).torn ? words.twoSides : tooLong({ site: text });
  const asWritten = { key: "words", content: refused || words.asWritten(text), off: refused !== "" };

  function pick(index: number) {
    const hit = found[index];
    if (hit) onPick(hit);
    else onWords(text);
    setTyped("");
  }

  function clear() {
    setTyped("");
    return text !== "";
  }

  return (
    <div class="search">
      <ListBox
        label={words.searchSites}
        placeholder={words.searchHint}
        listLabel={words.sitesFound}
        typed={typed}
        onType={setTyped}
        options={text ? [...found.map(option), asWritten] : []}
        onPick={pick}
        onEscape={clear}
        onBlur={clear}
        listClass="search-list"
      />
    </div>
  );
}

/** "Left forearm – lesion – dermoscopy – Mole 1", and why it was found where the name alone doesn't tell. */
function option({ site, side, view, type, label, because }: PhraseFound) {
  const place = side ? `${site.display} · ${sideWord(side)}` : site.display;
  const why = because && because !== site.display.toLowerCase() ? because : "";
  const name = [place, type, view, label].filter(Boolean).join(" – ");
  return {
    key: site.code,
    content: (
      <>
        {name} {why && <small>{why}</small>}
      </>
    ),
  };
}
