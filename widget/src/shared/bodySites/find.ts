// Finding a body site from what a clinician types: names, synonyms and starts of words; a slip of the finger if nothing else fits.
import type { Concept, KnownBodySite } from "../../api/types";
import { isBeside, wordsAround } from "./around";
import { type Distance, distanceOf, HOPELESS, type Meaning, type Name, NO_PLACE, prepared } from "./distance";
import { saidBeside } from "./narrower";
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

type Match = Omit<SiteFound, "side"> & { name: Name };
type Entry = { site: KnownBodySite; names: Name[]; around: ReadonlySet<string> };
type Index = { entries: Entry[]; vocabulary: Set<string> };

const comparedOnce = (text: string) => [...new Set(telling(wordsOf(text)).map(({ word }) => word))];

const indexes = new WeakMap<readonly KnownBodySite[], Index>();

/** The list is prepared once: a key press must be answered within a frame. */
function indexOf(sites: readonly KnownBodySite[]): Index {
  const known = indexes.get(sites);
  if (known) return known;
  const namesOf = ({ display, synonyms }: KnownBodySite): Name[] => {
    const [shown = [], ...others] = [display, ...synonyms].map(comparedOnce);
    return [
      { text: display, words: shown, synonym: false, more: [] },
      ...others.map((words, at) => ({
        text: synonyms[at] ?? "",
        words,
        synonym: true,
        more: saidBeside(words, shown),
      })),
    ];
  };
  const entries = sites.map((site) => ({
    site,
    names: namesOf(site),
    around: wordsAround(site.display),
  }));
  const vocabulary = new Set(entries.flatMap(({ names }) => names.flatMap(({ words }) => words)));
  const made = { entries, vocabulary };
  indexes.set(sites, made);
  return made;
}

/** Before the first key press, which then has not to wait for it. */
export const prepareSites = (sites: readonly KnownBodySite[]) => void indexOf(sites);

const NOTHING: ReadonlySet<string> = new Set();
const SLIP = 5;

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
function atSide({ name, ...found }: Match, side: Concept | null, sites: readonly KnownBodySite[]): SiteFound {
  if (!side || found.site.sides !== "none") return { ...found, side };
  // The right of the nose is a sidewall; the right of the columella isn't.
  const paired = name.more.length === 0 && PAIRED_PART[found.site.code];
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
  const words = nails(compounds(afterwards(telling(apart.words), index.vocabulary), index.vocabulary));
  if (words.length === 0) return [];
  const said = sideNamed(side ?? apart.side, sides);
  const behind = isBehindSomething(apart.words);
  const found = besideLandmark(words, index).filter(({ name }) => !behind || name.text !== BEHIND);
  const sided = found.map((one) => atSide(one, said, sites));
  // The nasal sidewall may be in the list for itself and for the left of the nose.
  return sided.filter((one, at) => sided.findIndex(({ site }) => site === one.site) === at).slice(0, most);
}

const BEHIND = "behind";

/** "Behind the strap" says where, and is no buttock. */
const isBehindSomething = (words: readonly Word[]) =>
  words.some(({ word }, at) => word === BEHIND && DETERMINER.test(words[at + 1]?.word ?? ""));

const DETERMINER = /^(the|a|an|her|his|their|my)$/;

/** "Cheek, 2cm below eye": a place after a distance is a landmark, if one comes before. */
function besideLandmark(words: readonly Word[], index: Index): Match[] {
  const at = words.findIndex((one, here) => isBeside(one) && /(cm|mm)$/i.test(words[here - 1]?.typed ?? ""));
  const found = at > 0 ? matches(words.slice(0, at), index) : [];
  const placed = found.filter(({ rest }) => rest.length < at);
  return placed.length
    ? placed.map((one) => ({ ...one, rest: [...one.rest, ...words.slice(at)] }))
    : matches(words, index);
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

/** "Post" is the back of a place ("post R thigh"); before anything else it is afterwards ("post op", "post 2/52"). */
const afterwards = (words: readonly Word[], vocabulary: ReadonlySet<string>): Word[] =>
  words.map((here, at) => {
    const next = words[at + 1];
    const later = /^post$/i.test(here.typed) && next && !vocabulary.has(next.word);
    return later ? { ...here, word: "post" } : here;
  });

/** "Ingrown toenail, big toe" is the big toenail. */
const nails = (words: readonly Word[]): Word[] =>
  words.filter(({ word }) => !words.some((other) => other.word === `${word}nail`));

/** "fore arm", "ear lobe": two words where the list has one. */
function compounds(words: readonly Word[], vocabulary: ReadonlySet<string>): Word[] {
  const out: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [here, next] = [words[at] as Word, words[at + 1]];
    const joined = next && here.word + next.word;
    if (joined && vocabulary.has(joined)) {
      out.push({ ...here, typed: `${here.typed} ${next.typed}`, word: joined });
      at += 1;
    } else out.push(here);
  }
  return out;
}

/** "Infrapatellar" is where the patella is, and "subconj" where the conjunctiva. */
const NEARBY = /^(?:sub|supra|infra|peri|para|retro|inter|intra|post|pre)(?=.{4})/;

function misspelt(word: string, vocabulary: ReadonlySet<string>): Meaning[] {
  const root = word.replace(NEARBY, "");
  if (root !== word && !vocabulary.has(word) && [...vocabulary].some((other) => other.startsWith(root)))
    return [
      { word, cost: 0 },
      { word: root, cost: SLIP },
    ];
  const allowed = word.length >= 8 ? 2 : word.length >= 4 ? 1 : 0;
  if (vocabulary.has(word) || allowed === 0 || NO_PLACE.has(word)) return [{ word, cost: 0 }];
  const near = [...vocabulary]
    .filter(
      (other) =>
        other.length >= 4 && other[0] === word[0] && (word.length > 5 || other.length <= word.length + 1),
    )
    .map((other) => ({ word: other, cost: SLIP * slipsBetween(word, other) }))
    .filter(({ cost }) => cost <= SLIP * allowed)
    .sort((a, b) => a.cost - b.cost);
  const best = near[0]?.cost ?? 0;
  return [{ word, cost: 0 }, ...near.filter(({ cost }) => cost === best)];
}

/** "Crown hair loss" is the crown, and hair is what is lost. */
const isWhat = ({ word }: Word, { words }: Name) => NO_PLACE.has(word) && !words.includes(word);

function ranked(
  words: readonly Word[],
  { entries, vocabulary }: Index,
  meanings: (word: string) => Meaning[],
): Match[] {
  const typed = prepared(words, meanings, vocabulary);
  const besides = words.filter(isBeside).map(({ word }) => word);
  const found = entries.flatMap(({ site, names, around }) => {
    let best: ({ name: Name } & Distance) | null = null;
    for (const name of names) {
      const beside = besides.some((word) => !name.words.includes(word));
      const far = distanceOf(typed, name, beside ? NOTHING : around);
      if (far && far.score < (best?.score ?? HOPELESS)) best = { name, ...far };
    }
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
  return kept.map(({ site, name, rest }) => ({
    site,
    name,
    because: name.synonym ? name.text : "",
    rest: words.filter((one) => rest.includes(one) || name.more.includes(one.word) || isWhat(one, name)),
  }));
}
