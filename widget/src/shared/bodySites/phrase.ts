// One line for everything: "l forearm derm mole 1" is side, site, view, type and label.
import type { Concept, Details, KnownBodySite } from "../../api/types";
import { findAmong, type SiteFound } from "./find";
import { sideNamed, splitWords } from "./sides";
import { type Word, wordsOf } from "./words";

export type Spoken = Pick<Details, "view" | "type"> & { label: string };
export type PhraseFound = SiteFound & Spoken;

export type Lists = { bodySites: readonly KnownBodySite[]; lateralities: readonly Concept[] };

const VIEWS: Record<string, NonNullable<Details["view"]>> = {
  derm: "dermoscopy",
  dermo: "dermoscopy",
  dermoscopy: "dermoscopy",
  dermoscopic: "dermoscopy",
  dermatoscopy: "dermoscopy",
  dermatoscope: "dermoscopy",
  dermatoscopic: "dermoscopy",
  closeup: "close-up",
  macro: "close-up",
  context: "context",
  overview: "context",
  regional: "regional",
};

/** Words that say the type and no more; and words that also say what it is, so they stay as the label. */
const TYPES: Record<string, NonNullable<Details["type"]>> = {
  lesion: "lesion",
  rash: "rash",
  wound: "wound",
  infection: "infection",
};
const KINDS: Record<string, NonNullable<Details["type"]>> = {
  mole: "lesion",
  naevus: "lesion",
  nevus: "lesion",
  naevi: "lesion",
  bcc: "lesion",
  scc: "lesion",
  melanoma: "lesion",
  lump: "lesion",
  cyst: "lesion",
  wart: "lesion",
  ulcer: "wound",
  laceration: "wound",
  burn: "wound",
  bite: "wound",
  cellulitis: "infection",
  abscess: "infection",
  boil: "infection",
  eczema: "rash",
  psoriasis: "rash",
  dermatitis: "rash",
  shingle: "rash",
};

type Split = Spoken & { words: Word[] };

/** Takes view and type out of the words. A view may be two words: "close up". */
function spoken(words: readonly Word[]): Split {
  const out: Split = { view: null, type: null, label: "", words: [] };
  for (let at = 0; at < words.length; at += 1) {
    const here = words[at] as Word;
    const next = words[at + 1];
    const pair = next ? here.word + next.word : "";
    if (pair === "closeup") {
      out.view ??= "close-up";
      at += 1;
    } else if (VIEWS[here.word]) out.view ??= VIEWS[here.word] ?? null;
    else if (TYPES[here.word]) out.type ??= TYPES[here.word] ?? null;
    else out.words.push(here);
  }
  return out;
}

const labelOf = (rest: readonly Word[]) => {
  const text = rest.map(({ typed }) => typed).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** Best first. What is left over becomes the label, so nothing that was typed is lost. */
export function findPhrases(typed: string, lists: Lists, most = 8): PhraseFound[] {
  const { words, side } = splitWords(typed);
  const { view, type, words: left } = spoken(words);
  const found = findAmong(left, side, lists.bodySites, lists.lateralities, most);
  return found.map((one) => {
    const kind = one.rest.map(({ word }) => KINDS[word]).find(Boolean) ?? null;
    return { ...one, view, type: type ?? kind, label: labelOf(one.rest) };
  });
}

/** A body site in the clinician's own words, without its side, which is set as the side. */
export function freeSite(typed: string, lists: Lists): { text: string; side: Concept | null } {
  const { side, torn } = splitWords(typed);
  const concept = sideNamed(side, lists.lateralities);
  if (!concept || torn) return { text: typed.trim(), side: null };
  const kept = typed
    .replace(SIDE_AS_WRITTEN, " ")
    .replace(/\s+/g, " ")
    .replace(/^[\s,;:.)/]+|[\s,;:(/]+$/g, "");
  return kept && wordsOf(kept).length ? { text: kept, side: concept } : { text: typed.trim(), side: null };
}

const SIDE_AS_WRITTEN =
  /(?<![\p{L}\p{N}])\(?(?:left|lft|lt|lhs|l|right|rgt|rt|rhs|r|both|bilaterally|bilateral|bilat|bil|b\/l)(?:[- ](?:hand )?side[d]?)?(?![\p{L}\p{N}])[).:/]*/giu;
