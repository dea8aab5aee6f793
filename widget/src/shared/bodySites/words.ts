// The words of a body site, as written and as compared: without accents, plurals and the words that name no place.

/** A word as it was typed, the form that is compared, and which of several places joined by "and" it is said of. */
export type Word = { typed: string; word: string; of: number };

const FILLERS = new Set(
  "a an and area aspect at bed her his in my of on part plate pt region sided site skin structure surface the their to zone".split(
    " ",
  ),
);

const IRREGULAR: Record<string, string> = {
  feet: "foot",
  teeth: "tooth",
  calves: "calf",
  axillae: "axilla",
  scapulae: "scapula",
  labia: "labium",
  testes: "testis",
  testicles: "testicle",
  nares: "naris",
};

/** Ways of writing the same word. */
const SAME: Record<string, string> = {
  anterior: "front",
  ant: "front",
  volar: "front",
  posterior: "back",
  post: "back",
  dorsal: "dorsum",
  dors: "dorsum",
  inner: "medial",
  med: "medial",
  outer: "lateral",
  outside: "lateral",
  beneath: "under",
  below: "under",
  lat: "lateral",
  lwr: "lower",
  upr: "upper",
  low: "lower",
  abdo: "abdomen",
  abdominal: "abdomen",
  fourth: "4th",
  third: "3rd",
  second: "2nd",
  fifth: "5th",
  first: "1st",
  centre: "center",
};

const ENDINGS = /(ss|us|is|as)$/;

function singular(word: string): string {
  if (word.length < 4 || !word.endsWith("s") || ENDINGS.test(word)) return word;
  return word.slice(0, -1);
}

const compared = (word: string) => {
  const one = IRREGULAR[word] ?? singular(word);
  return SAME[one] ?? one;
};

/** "tuarā" is "tuara": a keyboard may lack the macron. */
export const plain = (text: string) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/['’]/g, "");

/** A query ("?SCC"); then letters and digits, or what is one word only with its marks: 2.5cm, 4x3, 6/52, r/v. */
const WORD =
  /(\?\s*)?(\p{L}\/\p{L}(?![\p{L}\p{M}\p{N}])|[\p{L}\p{M}\p{N}'’]*\p{N}(?:[./:×-]\p{N}[\p{L}\p{M}\p{N}'’]*)+|[\p{L}\p{M}\p{N}'’]+)(\?*)/gu;

const AND = /(?<!\p{L})and(?!\p{L})|[&+;]/giu;

/** Every word of a text; "mole 1" keeps its number and "?SCC" its question, other punctuation is only a gap. */
export function wordsOf(text: string): Word[] {
  const joints = [...text.matchAll(AND)].map(({ index }) => index);
  return [...text.matchAll(WORD)].map(({ index, 1: before = "", 2: word = "", 3: after = "" }) => ({
    typed: `${before.trim()}${word}${after}`,
    word: compared(plain(word)),
    of: joints.filter((joint) => joint < index).length,
  }));
}

export const names = (word: string) => !FILLERS.has(word);

/** The words that tell a place from others; all of them where nothing else is left ("skin"). */
export function telling<T extends { word: string }>(words: readonly T[]): T[] {
  const left = words.filter(({ word }) => names(word));
  return left.length ? left : [...words];
}
