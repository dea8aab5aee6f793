// One line for site, side, view, type and label: a combobox over the whole list (ARIA: editable, list autocomplete).
import { useEffect, useId, useState } from "preact/hooks";
import { prepareSites } from "../../../shared/bodySites/find";
import { findPhrases, type PhraseFound } from "../../../shared/bodySites/phrase";
import { sideWord } from "../../../shared/wording";
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.details;

const PREPARE_MS = 300;

type Props = { onPick: (found: PhraseFound) => void; onWords: (text: string) => void };

export function SiteSearch({ onPick, onWords }: Props) {
  const { session } = useStore();
  const list = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const known = session.capabilities.value;
  useEffect(() => {
    const later = setTimeout(() => known && prepareSites(known.bodySites), PREPARE_MS);
    return () => clearTimeout(later);
  }, [known]);
  const text = typed.trim();
  const found = known ? findPhrases(text, known) : [];
  const open = text.length > 0;
  const choices = open ? [...found.map(named), { key: "words", name: words.asWritten(text), why: "" }] : [];
  const active = Math.min(at, choices.length - 1);

  function pick(index: number) {
    const hit = found[index];
    if (hit) onPick(hit);
    else onWords(text);
    setTyped("");
    setAt(0);
  }

  function pressed(event: KeyboardEvent) {
    if (!open) return;
    if (event.key === "ArrowDown") setAt((active + 1) % choices.length);
    else if (event.key === "ArrowUp") setAt((active + choices.length - 1) % choices.length);
    else if (event.key === "Enter") pick(active);
    else if (event.key === "Escape") setTyped("");
    else return;
    event.preventDefault();
  }

  return (
    <div class="search">
      <input
        type="text"
        role="combobox"
        aria-label={words.searchSites}
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${list}-${active}` : undefined}
        placeholder={words.searchHint}
        autocomplete="off"
        spellcheck={false}
        maxLength={120}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
        onBlur={() => setTyped("")}
      />
      <div id={list} class="search-list" role="listbox" aria-label={words.sitesFound} hidden={!open}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text box (aria-activedescendant).
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are answered by the text box.
          <div
            key={choice.key}
            id={`${list}-${index}`}
            class="search-option"
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(index)}
          >
            {choice.name} {choice.why && <small>{choice.why}</small>}
          </div>
        ))}
      </div>
    </div>
  );
}

/** "Left forearm – lesion – dermoscopy – Mole 1", and why it was found where the name alone doesn't tell. */
function named({ site, side, view, type, label, because }: PhraseFound) {
  const place = side ? `${site.display} · ${sideWord(side)}` : site.display;
  return {
    key: site.code,
    name: [place, type, view, label].filter(Boolean).join(" – "),
    why: because && because !== site.display.toLowerCase() ? because : "",
  };
}
