// One line for everything: "l forearm derm mole 1" is side, site, view, type and label.
import type { Concept, Details, KnownBodySite } from "../../api/types";
import { LABEL_LENGTH } from "../textLength";
import { findAmong, type SiteFound } from "./find";
import { sideNamed, sideOf, splitWords } from "./sides";
import { names, type Word, wordsOf } from "./words";

export type Spoken = Pick<Details, "view" | "type"> & { label: string };
/** `notes`: what is left over where it is too long for a label, otherwise "". */
export type PhraseFound = SiteFound & Spoken & { notes: string };

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

/** The words that are left over, with the small ones between them: "corner of mouth", "skin tag". */
function labelOf(said: readonly Word[], rest: readonly Word[]): string {
  const kept = (one: Word | undefined) => one !== undefined && rest.includes(one);
  const whole = rest.every((one) => said.includes(one));
  const between = (one: Word, at: number) =>
    !names(one.word) &&
    kept(said.slice(at + 1).find(({ word }) => names(word))) &&
    (one.word === "skin" || kept(said.slice(0, at).findLast(({ word }) => names(word))));
  const words = whole ? said.filter((one, at) => kept(one) || between(one, at)) : rest;
  const text = words.map(({ typed }) => typed).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whole words, as many as a label has room for. */
function shortened(text: string): string {
  if (text.length <= LABEL_LENGTH) return text;
  const room = text.slice(0, LABEL_LENGTH);
  const end = room.lastIndexOf(" ");
  return `${end > 0 ? room.slice(0, end) : room.slice(0, -1)}…`;
}

/** Best first. What is left over becomes the label, so nothing that was typed is lost. */
export function findPhrases(typed: string, lists: Lists, most = 8): PhraseFound[] {
  const { words, side } = splitWords(typed);
  const { view, type, words: left } = spoken(words);
  const found = findAmong(left, side, lists.bodySites, lists.lateralities, most);
  return found.map((one) => {
    const said = labelOf(left, one.rest);
    const label = shortened(said);
    const kind = one.rest.map(({ word }) => KINDS[word]).find(Boolean) ?? null;
    return { ...one, view, type: type ?? kind, label, notes: label === said ? "" : said };
  });
}

/** A body site in the clinician's own words, without its side, which is set as the side. */
export function freeSite(typed: string, lists: Lists): { text: string; side: Concept | null } {
  const { side, torn } = splitWords(typed);
  const concept = sideNamed(side, lists.lateralities);
  if (!concept || torn) return { text: typed.trim(), side: null };
  const kept = typed
    .replace(SIDE_AS_WRITTEN, (written, word: string) =>
      /^b\/l$/i.test(word) || sideOf(word) ? " " : written,
    )
    .replace(/\s+/g, " ")
    .replace(/^[\s,;:.)/]+|[\s,;:(/]+$/g, "");
  return kept && wordsOf(kept).length ? { text: kept, side: concept } : { text: typed.trim(), side: null };
}

/** A word, in brackets or not, and what follows a side; `sideOf` decides whether it is one. */
const SIDE_AS_WRITTEN =
  /(?<![\p{L}\p{N}])\(?(b\/l|[\p{L}\p{M}]+)(?:[- ](?:hand )?side[d]?)?(?![\p{L}\p{N}])[).:/]*/giu;
