// The side in what a clinician typed: `R)`, `(L)`, `rt.`, `bilat`, `left and right`, `ringa matau`, and sides inside abbreviations.
import type { BodySite, Concept, KnownBodySite } from "../../api/types";
import { plain, type Word, wordsOf } from "./words";

export type SideName = "left" | "right" | "both";

const WORDS: Record<string, SideName> = {
  left: "left",
  lft: "left",
  lf: "left",
  lef: "left",
  lt: "left",
  l: "left",
  lh: "left",
  lhs: "left",
  maui: "left",
  right: "right",
  rgt: "right",
  rght: "right",
  rigt: "right",
  righ: "right",
  rt: "right",
  r: "right",
  rh: "right",
  rhs: "right",
  matau: "right",
  katau: "right",
  both: "both",
  bilateral: "both",
  bilaterally: "both",
  bilat: "both",
  bil: "both",
};

/** Abbreviations that hold a side and a place. */
const WHOLE: Record<string, string> = {
  rif: "right iliac fossa",
  lif: "left iliac fossa",
  ruq: "right upper quadrant",
  luq: "left upper quadrant",
  rlq: "right lower quadrant",
  llq: "left lower quadrant",
  rue: "right upper extremity",
  lue: "left upper extremity",
  rle: "right lower extremity",
  lle: "left lower extremity",
  acf: "antecubital fossa",
};

/** Without the side, and the side; null where the words name two that aren't joined by "and". */
export type Sided = { words: Word[]; side: SideName | null; torn: boolean };

/** The part of the body that most of a dermatome lies in. Those that belong to two are left to the clinician. */
const DERMATOMES: [RegExp, string][] = [
  [/^c[34]/i, "neck"],
  [/^(c[5-8]|t1$)/i, "arm"],
  [/^t([2-9]|1[0-2])/i, "trunk"],
  [/^(l[2-5]|s1)/i, "leg"],
  [/^v[1-3]/i, "face"],
];

/** A finger in capitals: "R MF tip"; "if" is another word, and LF beside another side no left. */
const FINGERS: Record<string, string> = { IF: "index finger", MF: "middle finger", RF: "ring finger" };
const LITTLE_FINGER =
  /(?<=\b(?:l|lt|left|r|rt|right|both|bilat)[).]?\s+)LF\b|\bLF(?=\s+\(?(?:l|lt|left|r|rt|right)\b)/gi;

const spelled = (text: string) =>
  text
    .replace(LITTLE_FINGER, "little finger")
    .replace(/\b(?:IF|MF|RF)\b/g, (written) => FINGERS[written] ?? written)
    .replace(/\b([ctlsv]\d{1,2})\S*\s+dermatomes?\b/gi, (written, root: string) => {
      const place = DERMATOMES.find(([roots]) => roots.test(root))?.[1];
      return place ? `${written} ${place}` : written;
    })
    // "L/H shoulder": the left hand side
    .replace(/\b([lr])\s*\/\s*h\b/gi, " $1 ")
    .replace(/\bb\s*\/\s*l\b/gi, " both ")
    .replace(/\b(web|finger|toe)-?(space|tip)/gi, "$1 $2")
    .replace(/\p{L}+/gu, (word) => WHOLE[word.toLowerCase()] ?? word)
    .replace(/(\p{L})(&|\+)(\p{L})/gu, "$1 $2 $3");

const JOINED =
  /\b(l|lt|lft|left)[).]?\s*(and|&|\+|\/)\s*\(?(r|rt|rgt|right)\b|\b(r|rt|rgt|right)[).]?\s*(and|&|\+|\/)\s*\(?(l|lt|lft|left)\b/gi;

/** A word that says a side, also misspelt: swapped neighbours, a letter left out or doubled. */
export function sideOf(typed: string): SideName | undefined {
  const word = plain(typed).replace(/\?/g, "");
  return WORDS[word] ?? SLIPS.get(word);
}

/** Another letter in the place of one would be another word: "lift" isn't "left". */
const SLIPS: ReadonlyMap<string, SideName> = new Map(
  (["left", "right", "both", "bilateral"] as const).flatMap((name) =>
    [...name].flatMap((letter, at) => {
      const [before, after] = [name.slice(0, at), name.slice(at + 1)];
      const slips = [
        `${before}${after[0] ?? ""}${letter}${after.slice(1)}`,
        before + after,
        before + letter + letter + after,
      ];
      return slips
        .filter((slip) => slip.length >= 4 && slip !== name && slip[0] === name[0])
        .map((slip): [string, SideName] => [slip, WORDS[name] ?? "both"]);
    }),
  ),
);

export function splitWords(text: string): Sided {
  const all = wordsOf(spelled(text).replace(JOINED, " both "));
  const found = new Set<SideName>();
  const words: Word[] = [];
  for (let at = 0; at < all.length; at += 1) {
    const here = all[at] as Word;
    // Compared words lost their plural; "rhs" ends in s too.
    const side = sideOf(here.typed);
    if (!side) {
      words.push(here);
      continue;
    }
    found.add(side);
    // "left hand side of the face"
    if (all[at + 1]?.word === "hand" && all[at + 2]?.word === "side") at += 1;
  }
  const side = found.size === 1 ? ([...found][0] ?? null) : null;
  return { words, side, torn: found.size > 1 };
}

export const sideNamed = (name: SideName | null, sides: readonly Concept[]): Concept | null => {
  const wanted = { left: "7771000", right: "24028007", both: "51440002" };
  return name ? (sides.find(({ code }) => code === wanted[name]) ?? null) : null;
};

/** "lforearm": the side sticks to a word of the list. */
export function unglued(words: readonly Word[], vocabulary: ReadonlySet<string>): Sided {
  let side: SideName | null = null;
  const apart = words.map((here) => {
    const stuck = /^([lr])(.{3,})$/.exec(here.word);
    if (!stuck || vocabulary.has(here.word) || !vocabulary.has(stuck[2] ?? "")) return here;
    side = stuck[1] === "l" ? "left" : "right";
    return { ...here, typed: here.typed.slice(1), word: stuck[2] ?? "" };
  });
  return { words: apart, side, torn: false };
}

/** Whether this site lies in the midline, where every side would be wrong. */
export const isMidline = (site: BodySite | null, sites: readonly KnownBodySite[]): boolean =>
  sidesOf(site, sites) === "none";

export const sidesOf = (
  site: BodySite | null,
  sites: readonly KnownBodySite[],
): KnownBodySite["sides"] | null =>
  (site && "code" in site && sites.find(({ code }) => code === site.code)?.sides) || null;
