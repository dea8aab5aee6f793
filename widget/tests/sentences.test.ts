// Sentences live in locale files, none in components; and each about a failure says what to do next.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { apiWords } from "../src/api/locale";
import { locale as desktop } from "../src/desktop/locale";
import { hurdleWords } from "../src/desktop/review/hurdles.locale";
import { locale as editor } from "../src/editor/locale";
import { locale as phone } from "../src/phone/locale";
import { followUpNeeds } from "../src/shared/followUps/needs.locale";
import { dateWords } from "../src/shared/time/locale";

/** The object's own sentences and those that its functions make of sample numbers and words. */
function sentences(words: unknown): string[] {
  if (typeof words === "string") return [words];
  if (typeof words === "function") return sentences(words("3", "7", "x"));
  if (Array.isArray(words)) return words.flatMap(sentences);
  return words && typeof words === "object" ? Object.values(words).flatMap(sentences) : [];
}

/** Every object under the key `bad`, wherever it is. */
function badNews(words: unknown): unknown[] {
  if (typeof words !== "object" || words === null || Array.isArray(words)) return [];
  return Object.entries(words).flatMap(([key, value]) => (key === "bad" ? [value] : badNews(value)));
}

// An instruction opens a sentence, or follows a comma, a semicolon, a colon, "or", "then" or "and".
const INSTRUCTION =
  /(^|[“.;:,] ?|\b(?:then|or|and|please) )(add|allow|ask|check|choose|close|crop|file|look|open|plug|press|reload|remove|save|say|scan|start|take|try|unplug|use)\b/i;
// What was not done; the gateway's own sentence follows, and tests/unit/test_next_steps.py reads those.
const FOLLOWED: string[] = [
  desktop.session.bad.notResumed,
  desktop.images.bad.notRemoved,
  desktop.images.bad.perhapsRemoved,
  desktop.images.bad.order,
  desktop.editing.bad.notOpened,
  desktop.editing.bad.notSaved,
  desktop.filing.bad.notSubmitted,
];
const idle = (said: string[]) => said.filter((one) => !INSTRUCTION.test(one) && !FOLLOWED.includes(one));

test("bad news says what to do next", () => {
  const said = [apiWords, desktop, phone, editor].flatMap(badNews).flatMap(sentences);
  expect(said.length).toBeGreaterThan(20);
  expect(idle(said)).toEqual([]);
});

test("a camera that can't be had says what to do next", () => {
  const said = Object.values(desktop.webcam.problems).map(({ next }) => next);
  expect(said.length).toBeGreaterThan(3);
  expect(idle(said)).toEqual([]);
});

test("hurdles before filing say what to do next", () => {
  const { tooMany, ...rest } = hurdleWords.hurdles;
  const said = [...Object.values(rest), tooMany(3)].filter(
    (one) => !/^(Tick|Go back)|[.,] (Tick|Untick|Go back)/.test(one),
  );
  expect(idle(said)).toEqual([]);
});

test("what is wrong with a date or a follow-up says what to do next", () => {
  const { date, time, ...wrong } = dateWords;
  const said = sentences([wrong, followUpNeeds]);
  expect(said.length).toBeGreaterThan(7);
  expect(said.filter((one) => !/(^|[.:] )(Enter|Check|Choose|Correct)/.test(one))).toEqual([]);
});

test("no sentence for every failure promises that something is done automatically", () =>
  expect(sentences(apiWords).filter((one) => /automatically|keeps trying/.test(one))).toEqual([]));

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => /\.tsx?$/.test(path) && !/locale\.tsx?$|\.gen\.ts$/.test(path))
  .map((path) => ({
    path,
    text: readFileSync(`src/${path}`, "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ""),
  }));

const found = (pattern: RegExp, only: RegExp) =>
  sources.flatMap(({ path, text }) =>
    only.test(path) ? [...text.matchAll(pattern)].map((hit) => `${path}: ${hit[1]?.trim()}`) : [],
  );

test("no component holds a text of its own", () => {
  // Between a tag's end and the next tag or brace; arrow functions and comparisons hold code, not text.
  const texts = found(
    /(?:<\/?[a-zA-Z][^<>]*[^=]>|<>|\})([^<>{}=;()$`]*\p{L}{2,}[^<>{}=;()$`]*)(?=<\/?[a-zA-Z>]|\{)/gu,
    /\.tsx$/,
  );
  const words = texts.filter(
    (one) =>
      !/: (else|finally|catch|return|const|import|from|export|function|if|type|extends)\b|[|&?:,]\s*$|: [,.\])]/.test(
        one,
      ),
  );
  expect(words).toEqual([]);
});
test("no attribute that people read is a literal", () =>
  expect(
    found(
      /\b(?:aria-label|aria-valuetext|aria-roledescription|title|alt|placeholder|label|hint|name)=\{?["`]([^"`$]*[A-Z ][^"`]*)["`]/g,
      /\.tsx$/,
    ),
  ).toEqual([]));
test("no sentence is a string in code", () =>
  expect(found(/["`]([A-Z][^"`]*[a-z]+ [^"`]*[.!?…])["`]/g, /./)).toEqual([
    "desktop/context.ts: The store is missing above this component.",
    "phone/context.ts: The store is missing above this component.",
  ]));
