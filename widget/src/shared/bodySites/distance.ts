// How far the name of a body site is from what was typed.
import type { Word } from "./words";

export type Name = { text: string; words: string[]; synonym: boolean; more: readonly string[] };

/** What a typed word may mean, and what it costs to take it so. */
export type Meaning = { word: string; cost: number };

export type Distance = { score: number; rest: Word[]; lost: number };

/** What was typed, prepared once for all names. */
export type Typed = {
  words: readonly Word[];
  vocabulary: ReadonlySet<string>;
  /** For a word of a name: what each typed word costs as this one. */
  costsOf: (part: string) => readonly number[];
  ordinals: ReadonlySet<string>;
  apart: boolean;
};

export const HOPELESS = 1000;
const NOT_IN_A_NAME = 4;
const NEARLY = 0.3;
const START = 1.5;
/** A whole word of the list hardly ever is the start of another: the big toe isn't the big toenail. */
const WHOLE_WORD = 15;
/** Of two places the one that is named first. */
const LATER = 0.2;

/** Words for what is there, not for where. */
export const NO_PLACE = new Set(
  "mole lump bump cyst wart scar spot burn bite rash cut boil tag itch patch sore ulcer naevus lesion wound stoma stump drain pain lac loss hair red tear graft node".split(
    " ",
  ),
);

const ORDINAL = /^[1-5](st|nd|rd|th)$/;

export function prepared(
  words: readonly Word[],
  meanings: (word: string) => Meaning[],
  vocabulary: ReadonlySet<string>,
): Typed {
  const meant = words.map(({ word }) => meanings(word));
  const known = new Map<string, readonly number[]>();
  const ordinals = new Set(words.map(({ word }) => word).filter((word) => ORDINAL.test(word)));
  return {
    words,
    vocabulary,
    ordinals,
    apart: ordinals.size > 1 || words.some(({ word }) => word === "web"),
    costsOf: (part) => {
      const before = known.get(part);
      if (before) return before;
      const costs = meant.map((each, at) => nearness(each, part, at === words.length - 1, vocabulary));
      known.set(part, costs);
      return costs;
    },
  };
}

/** The longer the name that is met as a whole, the nearer; null if it has nothing to do with what was typed. */
export function distanceOf(typed: Typed, name: Name, around: ReadonlySet<string>): Distance | null {
  if (isAnotherDigit(typed, name)) return null;
  const { words, vocabulary } = typed;
  const { used, cost } = met(typed, name);
  if (used.size === 0) return null;
  // "left side of the face" is the left face; "side of nose" is a place of its own.
  const left = words.filter(({ word }, at) => !used.has(at) && word !== "side");
  const missing = name.words.length - used.size;
  const rest = missing > 0 ? left : left.filter(({ word }) => !around.has(word));
  const placed = left.length - rest.length;
  // Words of the list that this name has no use for: it may be the wrong name.
  const lost = rest.filter(({ word }) => vocabulary.has(word)).length;
  // "Tip" with words left over isn't the start of "tipuaki".
  const onlyStart = cost >= WHOLE_WORD;
  if (rest.length > 0 && (onlyStart || missing > 0)) return null;
  if (missing > 0) return { score: 20 + 3 * missing - 10 * used.size + cost, rest, lost };
  return {
    score: -10 * (used.size + placed) + cost + NOT_IN_A_NAME * lost + (rest.length - lost) * 0.1,
    rest,
    lost,
  };
}

/** Which typed words the name takes, each once, and what that costs. */
function met({ words, costsOf }: Typed, name: Name): { used: ReadonlySet<number>; cost: number } {
  const used = new Set<number>();
  let cost = name.synonym ? 0.5 : 0;
  let of: number | null = null;
  for (const part of name.words) {
    const costs = costsOf(part);
    let best = -1;
    let least = HOPELESS;
    for (let at = 0; at < words.length; at += 1) {
      const one = words[at] as Word;
      const here = costs[at] ?? HOPELESS;
      // "Chest and back" is not the back of the chest.
      if (here >= least || used.has(at) || (of !== null && of !== one.of) || isAspect(one, name)) continue;
      best = at;
      least = here;
    }
    if (best < 0) continue;
    of ??= words[best]?.of ?? 0;
    used.add(best);
    cost += least;
  }
  return { used, cost: cost + LATER * (of ?? 0) };
}

/** "Calf, posterior" is no place on the back. */
const isAspect = ({ typed }: Word, { words }: Name) => words.length === 1 && /^post(erior)?$/i.test(typed);

/** "2nd + 3rd toes" are neither the second toe nor the third, and the 4th web isn't the fourth toe. */
const isAnotherDigit = ({ ordinals, apart }: Typed, { words }: Name) =>
  apart && words.some((word) => ordinals.has(word));

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
    // The inside of the ankle is its inner side; the inside of the elbow is a place of its own.
    else if (word === "inside" && part === "medial") best = Math.min(best, cost + NEARLY);
    else if (word.length >= (last ? 2 : 3) && part.startsWith(word) && !NO_PLACE.has(word))
      best = Math.min(best, cost + (vocabulary.has(word) ? WHOLE_WORD : START));
  }
  return best;
}
