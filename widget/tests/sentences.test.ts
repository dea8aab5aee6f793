// Every sentence of the page about something that failed says what to do next, as the gateway's do.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => readFileSync(`src/${path}`, "utf8"));

// An instruction opens a sentence, or follows a comma, a semicolon, a colon, "or", "then" or "and".
const INSTRUCTION =
  /(^|[`"“.;:,] ?|\b(?:then|or|and|please) )(add|allow|ask|check|choose|close|file|look|open|plug|press|reload|remove|save|say|scan|start|take|try|unplug)\b/i;
// The gateway's own sentence stands in it; tests/unit/test_next_steps.py reads those.
const QUOTES = /\$\{[^}]*\bdetail\b[^}]*\}|\)\.detail/;

const found = (pattern: RegExp) =>
  sources.flatMap((text) => [...text.matchAll(pattern)].map((hit) => hit[1] ?? ""));
const idle = (sentences: string[]) => sentences.filter((one) => !INSTRUCTION.test(one) && !QUOTES.test(one));

test("bad news", () => {
  const said = found(/notices\.say\(\s*((?:(?!notices\.say\()[^;])*?),\s*"bad"/g);
  expect(said.length).toBeGreaterThan(5);
  expect(idle(said)).toEqual([]);
});
test("problems the page finds by itself", () => {
  const said = found(/\bdetail:\s*((?:"[^"]*")|(?:`[^`]*`))/g);
  expect(said.length).toBeGreaterThan(4);
  expect(idle(said)).toEqual([]);
});
test("what stands beside a problem that is shown in place", () => {
  const said = found(/problem\.value = \{ text: ((?:"[^"]+")|(?:`[^`]+`))/g);
  expect(said.length).toBeGreaterThan(0);
  expect(idle(said)).toEqual([]);
});
test("a camera that can't be had", () => {
  const said = found(/\bnext: ("[^"]*")/g);
  expect(said.length).toBeGreaterThan(3);
  expect(idle(said)).toEqual([]);
});
