// The walls of the house: who may talk to the server, and what the CSP would stop.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(`src/${path}`, "utf8") }));

const matching = (pattern: RegExp) =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test("only api.ts calls fetch or XMLHttpRequest", () =>
  expect(matching(/\bfetch\(|new XMLHttpRequest|sendBeacon/)).toEqual(["api.ts"]));
test("only live.ts opens an event stream", () => expect(matching(/new EventSource/)).toEqual(["live.ts"]));
test("components never import api.ts or live.ts", () =>
  expect(matching(/from "\.\.\/(api|live)"/).filter((path) => path.startsWith("components/"))).toEqual([]));
test("components of the phone never import api.ts or live.ts either", () =>
  expect(
    matching(/from "(\.\.\/)+(api|live)"/).filter((path) => path.startsWith("phone/components/")),
  ).toEqual([]));
test("only one module of the phone knows IndexedDB, and one knows the keys", () => {
  expect(matching(/indexedDB\./)).toEqual(["phone/cabinet.ts"]);
  expect(matching(/crypto\.subtle\.(encrypt|decrypt|generateKey)/)).toEqual(["phone/sealing.ts"]);
});
test.each(["index.html", "phone.html"])("%s has no inline script or style", (name) => {
  const page = readFileSync(name, "utf8");
  expect(page).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=/);
});
test("no file is longer than a room", () =>
  expect(sources.filter(({ text }) => text.split("\n").length > 220).map(({ path }) => path)).toEqual([]));
