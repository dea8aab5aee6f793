// Finding a body site from what a clinician types: names, synonyms and starts of words; a slip of the finger if nothing else fits.
import type { Concept, KnownBodySite } from "../../api/types";
import { isBeside, wordsAround } from "./around";
import { type SideName, sideNamed, splitWords, unglued } from "./sides";
import { slipsBetween } from "./slips";
import { telling, type Word, wordsOf } from "./words";

export type SiteFound = {
  site: KnownBodySite;
  side: Concept | null;
  /** The name that was met, where it isn't the one shown: "armpit" for Axilla. */
  because: string;
  /** Typed words that are no part of the name, such as "mole 1". */
  rest: Word[];
};

type Name = { text: string; words: string[]; synonym: boolean };
type Match = Omit<SiteFound, "side">;
type Entry = { site: KnownBodySite; names: Name[]; around: ReadonlySet<string> };
type Index = { entries: Entry[]; vocabulary: Set<string> };

const indexes = new WeakMap<readonly KnownBodySite[], Index>();

/** The list is prepared once: a key press must be answered within a frame. */
function indexOf(sites: readonly KnownBodySite[]): Index {
  const known = indexes.get(sites);
  if (known) return known;
  const nameOf = (text: string, at: number): Name => ({
    text,
    words: [...new Set(telling(wordsOf(text)).map(({ word }) => word))],
    synonym: at > 0,
  });
  const entries = sites.map((site) => ({
    site,
    names: [site.display, ...site.synonyms].map(nameOf),
    around: wordsAround(site.display),
  }));
  const vocabulary = new Set(entries.flatMap(({ names }) => names.flatMap(({ words }) => words)));
  const made = { entries, vocabulary };
  indexes.set(sites, made);
  return made;
}

/** Before the first key press, which then has not to wait for it. */
export const prepareSites = (sites: readonly KnownBodySite[]) => void indexOf(sites);

const NOT_IN_A_NAME = 4;
const START = 1.5;
const SLIP = 5;
/** A whole word of the list hardly ever is the start of another: the big toe isn't the big toenail. */
const WHOLE_WORD = 15;

/** Best matches first, at most `most`. What is found is a name, a synonym, a start of one, or a misspelt one; never a part of a word. */
export function findSites(
  typed: string,
  sites: readonly KnownBodySite[],
  sides: readonly Concept[],
  most = 8,
): SiteFound[] {
  const { words, side } = splitWords(typed);
  return findAmong(words, side, sites, sides, most);
}

/** A side that can't belong to a site is left out, or means the paired part of it: the left of the nose is a nasal sidewall. */
function atSide(found: Match, side: Concept | null, sites: readonly KnownBodySite[]): SiteFound {
  if (!side || found.site.sides !== "none") return { ...found, side };
  const paired = PAIRED_PART[found.site.code];
  const part = paired && sites.find(({ code }) => code === paired);
  return part ? { ...found, site: part, side } : { ...found, side: null };
}

const PAIRED_PART: Record<string, string> = {
  // Nose: nasal sidewall. Mouth: oral mucosa. Skin has no part.
  "113179006": "314395006",
  "123851003": "113277000",
};

/** The same for words without their side. */
export function findAmong(
  typed: readonly Word[],
  side: SideName | null,
  sites: readonly KnownBodySite[],
  sides: readonly Concept[],
  most = 8,
): SiteFound[] {
  const index = indexOf(sites);
  const apart = unglued(typed, index.vocabulary);
  const words = compounds(telling(apart.words), index.vocabulary);
  if (words.length === 0) return [];
  const said = sideNamed(side ?? apart.side, sides);
  const sided = matches(words, index).map((one) => atSide(one, said, sites));
  // The nasal sidewall may be in the list for itself and for the left of the nose.
  return sided.filter((one, at) => sided.findIndex(({ site }) => site === one.site) === at).slice(0, most);
}

/** As typed; with misspelt words only where that explains more of them. */
function matches(words: readonly Word[], index: Index): Match[] {
  const exact = ranked(words, index, (word) => [{ word, cost: 0 }]);
  const unexplained = ({ rest }: Match) => rest.filter(({ word }) => !NO_PLACE.has(word)).length;
  if (exact[0] && unexplained(exact[0]) === 0) return exact;
  const near = ranked(words, index, (word) => misspelt(word, index.vocabulary));
  if (!exact[0] || !near[0]) return exact[0] ? exact : near;
  return unexplained(near[0]) < unexplained(exact[0]) ? near : exact;
}

/** "fore arm", "ear lobe": two words where the list has one. */
function compounds(words: readonly Word[], vocabulary: ReadonlySet<string>): Word[] {
  const out: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [here, next] = [words[at] as Word, words[at + 1]];
    const joined = next && here.word + next.word;
    if (joined && vocabulary.has(joined)) {
      out.push({ typed: `${here.typed} ${next.typed}`, word: joined });
      at += 1;
    } else out.push(here);
  }
  return out;
}

type Meaning = { word: string; cost: number };

function misspelt(word: string, vocabulary: ReadonlySet<string>): Meaning[] {
  const allowed = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
  if (vocabulary.has(word) || allowed === 0 || NO_PLACE.has(word)) return [{ word, cost: 0 }];
  const near = [...vocabulary]
    .filter((other) => other.length >= 4 && other[0] === word[0])
    .map((other) => ({ word: other, cost: SLIP * slipsBetween(word, other) }))
    .filter(({ cost }) => cost <= SLIP * allowed)
    .sort((a, b) => a.cost - b.cost);
  const best = near[0]?.cost ?? 0;
  return [{ word, cost: 0 }, ...near.filter(({ cost }) => cost === best)];
}

/** Words for what is there, not for where. */
const NO_PLACE = new Set(
  "mole lump bump cyst wart scar spot burn bite rash cut boil tag itch patch sore ulcer naevus lesion wound stoma stump drain".split(
    " ",
  ),
);

function ranked(
  words: readonly Word[],
  { entries, vocabulary }: Index,
  meanings: (word: string) => Meaning[],
): Match[] {
  const meant = words.map((one) => meanings(one.word));
  const besides = words.some(isBeside);
  const found = entries.flatMap(({ site, names, around }) => {
    const best = names
      .map((name) => ({ name, ...distance(words, meant, name, vocabulary, besides ? NOTHING : around) }))
      .filter(({ score }) => score < HOPELESS)
      .sort((a, b) => a.score - b.score)[0];
    return best ? [{ site, ...best }] : [];
  });
  found.sort(
    (a, b) =>
      a.score - b.score ||
      Number(b.site.common) - Number(a.site.common) ||
      a.site.display.length - b.site.display.length,
  );
  const top = found[0];
  if (!top) return [];
  // "back of hand" means neither the back nor the hand: what leaves out a place that the best one holds is no offer.
  const kept = found.filter(({ lost }) => lost <= top.lost);
  return kept.map(({ site, name, rest }) => ({ site, because: name.synonym ? name.text : "", rest }));
}

const HOPELESS = 1000;
const NOTHING: ReadonlySet<string> = new Set();

type Distance = { score: number; rest: Word[]; lost: number };

/** How far a name is from the words: the longer the name that is met as a whole, the nearer. */
function distance(
  words: readonly Word[],
  meant: readonly Meaning[][],
  name: Name,
  vocabulary: ReadonlySet<string>,
  around: ReadonlySet<string>,
): Distance {
  const used = new Set<number>();
  let cost = name.synonym ? 0.5 : 0;
  let met = 0;
  for (const part of name.words) {
    const best = words
      .map((_, at) => ({
        at,
        cost: used.has(at) ? HOPELESS : nearness(meant[at] ?? [], part, at === words.length - 1, vocabulary),
      }))
      .sort((a, b) => a.cost - b.cost)[0];
    if (!best || best.cost >= HOPELESS) continue;
    used.add(best.at);
    cost += best.cost;
    met += 1;
  }
  // "left side of the face" is the left face; "side of nose" is a place of its own.
  const left = words.filter(({ word }, at) => !used.has(at) && word !== "side");
  const missing = name.words.length - met;
  const rest = missing > 0 ? left : left.filter(({ word }) => !around.has(word));
  const placed = left.length - rest.length;
  // Words of the list that this name has no use for: it may be the wrong name.
  const lost = rest.filter(({ word }) => vocabulary.has(word)).length;
  if (met === 0 || (missing > 0 && rest.length > 0)) return { score: HOPELESS, rest, lost };
  if (missing > 0) return { score: 20 + 3 * missing - 10 * met + cost, rest, lost };
  return {
    score: -10 * (met + placed) + cost + NOT_IN_A_NAME * lost + (rest.length - lost) * 0.1,
    rest,
    lost,
  };
}

/** A word counts as itself, as its start (two letters while it is being typed, three elsewhere), or misspelt. */
function nearness(
  meanings: readonly Meaning[],
  part: string,
  last: boolean,
  vocabulary: ReadonlySet<string>,
): number {
  let best = HOPELESS;
  for (const { word, cost } of meanings) {
    if (word === part) best = Math.min(best, cost);
    else if (word.length >= (last ? 2 : 3) && part.startsWith(word) && !NO_PLACE.has(word))
      best = Math.min(best, cost + (vocabulary.has(word) ? WHOLE_WORD : START));
  }
  return best;
}
