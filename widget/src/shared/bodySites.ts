// Finding a body site from what a clinician types: side first ("left forearm"), synonyms, a slip of the finger.
import type { Concept, KnownBodySite } from "../api/types";

export type SiteFound = { site: KnownBodySite; side: Concept | null };

const SIDE_WORDS: Record<string, string> = {
  left: "left",
  l: "left",
  lt: "left",
  right: "right",
  r: "right",
  rt: "right",
  both: "both",
  bilateral: "both",
};

/** Splits a side off, first or last: "l forearm" and "forearm left" are Left and "forearm". */
export function splitSide(typed: string, sides: Concept[]): { side: Concept | null; rest: string } {
  const words = typed.trim().toLowerCase().split(/\s+/);
  const sideOf = (word = "") =>
    sides.find((concept) => concept.display.toLowerCase() === SIDE_WORDS[word]) ?? null;
  if (words.length > 1) {
    const [first, last] = [sideOf(words[0]), sideOf(words.at(-1))];
    if (first) return { side: first, rest: words.slice(1).join(" ") };
    if (last) return { side: last, rest: words.slice(0, -1).join(" ") };
  }
  return { side: null, rest: words.join(" ") };
}

/** Best matches first, at most `most`. */
export function findSites(typed: string, sites: KnownBodySite[], sides: Concept[], most = 8): SiteFound[] {
  const { side, rest } = splitSide(typed, sides);
  if (!rest) return [];
  const near = sites
    .map((site) => ({ site, side, distance: Math.min(...namesOf(site).map((name) => far(rest, name))) }))
    .filter(({ distance }) => distance < HOPELESS)
    .sort((a, b) => a.distance - b.distance || a.site.display.length - b.site.display.length);
  // "shin" means shin; skin is a guess for when nothing else fits.
  const meant = near.filter(({ distance }) => distance < MISSPELT);
  return (meant.length ? meant : near).slice(0, most).map(({ site }) => ({ site, side }));
}

const MISSPELT = 40;
const HOPELESS = 100;
const namesOf = (site: KnownBodySite) =>
  [site.display, ...site.synonyms].map((name, at) => ({ text: name.toLowerCase(), synonym: at > 0 }));

/** How far a name is from what was typed: whole, start, start of a word, inside, misspelt. */
function far(typed: string, name: { text: string; synonym: boolean }): number {
  const behind = name.synonym ? 1 : 0;
  if (name.text === typed) return behind;
  if (name.text.startsWith(typed)) return 10 + behind;
  const words = name.text.split(/[\s,/()-]+/);
  if (typed.split(" ").every((part) => words.some((word) => word.startsWith(part)))) return 20 + behind;
  if (typed.length > 2 && name.text.includes(typed)) return 30 + behind;
  const slips = Math.min(...[name.text, ...words].map((word) => slipsBetween(typed, word)));
  const allowed = typed.length >= 8 ? 2 : typed.length >= 4 ? 1 : 0;
  return slips <= allowed ? MISSPELT + slips * 5 + behind : HOPELESS;
}

/** Edit distance with neighbouring letters swapped counting once (optimal string alignment), to the start of `word`. */
export function slipsBetween(typed: string, word: string): number {
  const target = word.slice(0, typed.length + 1);
  let before: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let row = 1; row <= typed.length; row++) {
    const now = [row];
    for (let column = 1; column <= target.length; column++) {
      const same = typed[row - 1] === target[column - 1];
      const at = (line: number[], index: number) => line[index] ?? HOPELESS;
      let best = Math.min(
        at(last, column) + 1,
        at(now, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (
        row > 1 &&
        column > 1 &&
        typed[row - 1] === target[column - 2] &&
        typed[row - 2] === target[column - 1]
      )
        best = Math.min(best, at(before, column - 2) + 1);
      now.push(best);
    }
    before = last;
    last = now;
  }
  return Math.min(...last.slice(-2));
}
