// The words of a body site, as written and as compared: without accents, plurals and the words that name no place.

/** A word as it was typed, and the form that is compared. */
export type Word = { typed: string; word: string };

const FILLERS = new Set(
  "a an and area aspect at her his in my of on part pt region sided site skin structure surface the their to zone".split(
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
  inside: "medial",
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

/** Every word of a text; "mole 1" keeps its number, punctuation is only a gap. */
export function wordsOf(text: string): Word[] {
  return [...text.matchAll(/[\p{L}\p{M}\p{N}'’]+/gu)].map(([typed]) => ({
    typed,
    word: compared(plain(typed)),
  }));
}

export const names = (word: string) => !FILLERS.has(word);

/** The words that tell a place from others; all of them where nothing else is left ("skin"). */
export function telling<T extends { word: string }>(words: readonly T[]): T[] {
  const left = words.filter(({ word }) => names(word));
  return left.length ? left : [...words];
}
