// Each of the phrases puts the right site and side first; none contradicts, and nothing is left uncoded that has a code.
import { expect, test } from "vitest";
import { findPhrases, freeSite } from "../src/shared/bodySites/phrase";
import { CAPABILITIES } from "./fakes";
import { listedSites } from "./siteList";
import { SITE_PHRASES } from "./sitePhrases";

const LISTS = { bodySites: listedSites(), lateralities: CAPABILITIES.lateralities };
const SIDES: Record<string, string> = { "Right and left": "Both" };

const CASES = SITE_PHRASES.trim()
  .split("\n")
  .map((line) => line.split(" → ") as [string, string]);

function first(typed: string): string {
  const [best] = findPhrases(typed, LISTS);
  const named = (side: { display: string } | null | undefined) =>
    side ? (SIDES[side.display] ?? side.display) : "-";
  if (best) return `${named(best.side)} ${best.site.display}`;
  const { text, side } = freeSite(typed, LISTS);
  return `${side ? `${named(side)} ` : ""}text:${text}`;
}

test("there are at least 150 phrases, each once", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(150);
  expect(new Set(CASES.map(([typed]) => typed)).size).toBe(CASES.length);
});

test.each(CASES)("“%s” puts %s first", (typed, right) => {
  expect(right.split(" | ")).toContain(first(typed));
});

test.each(CASES)("nothing that “%s” finds has a side that it can't have", (typed) => {
  for (const { site, side } of findPhrases(typed, LISTS)) if (site.sides === "none") expect(side).toBeNull();
});
