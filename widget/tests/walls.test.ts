// Which file may do what, that no two import each other in a circle, and what the CSP would stop.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path: path.replaceAll("\\", "/"), text: readFileSync(`src/${path}`, "utf8") }));

const matching = (pattern: RegExp) =>
  sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test("only api/requests.ts asks the gateway, and only boot/parts.ts fetches files of the page", () =>
  expect(matching(/\bfetch\(|new XMLHttpRequest|sendBeacon/)).toEqual(["api/requests.ts", "boot/parts.ts"]));
test("only api/stream/sharedStream.ts opens an event stream", () =>
  expect(matching(/new EventSource/)).toEqual(["api/stream/sharedStream.ts"]));
test("components act through the store, never through the client or the event stream", () =>
  expect(
    matching(/from "[./]+\/api\/(client|requests|stream\/events)"/).filter((path) => path.endsWith(".tsx")),
  ).toEqual(["desktop.tsx", "phone.tsx"]));
test("the two pages and the editor share only what is in shared/ and api/", () => {
  const from = (folder: string) =>
    sources
      .filter(({ path }) => path.startsWith(folder))
      .map(({ text }) => text)
      .join("\n");
  expect(from("phone/")).not.toMatch(/from "[./]+\/(desktop|editor)\//);
  expect(from("desktop/")).not.toMatch(/from "[./]+\/phone\//);
  expect(from("editor/")).not.toMatch(/from "[./]+\/(desktop|phone)\//);
  expect(from("shared/")).not.toMatch(/from "[./]+\/(desktop|phone|editor)\//);
});
test("only one module of the phone knows IndexedDB, and one knows the keys", () => {
  expect(matching(/indexedDB\./)).toEqual(["phone/pending/storage/idb.ts"]);
  expect(matching(/crypto\.subtle\.(encrypt|decrypt|generateKey)/)).toEqual([
    "phone/pending/storage/encryption.ts",
  ]);
});
test("no folder holds more files than one takes in at a look", () => {
  const folders = new Map<string, number>();
  for (const path of readdirSync("src", { recursive: true, encoding: "utf8" }))
    if (/\.(tsx?|css)$/.test(path)) {
      const folder = posix.dirname(path.replaceAll("\\", "/"));
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
  expect([...folders].filter(([, files]) => files > 8)).toEqual([]);
});
test.each(["index.html", "phone.html"])("%s has no inline script or style", (name) => {
  const page = readFileSync(name, "utf8");
  expect(page).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=/);
});

/** The files that each file imports, types included. */
const imports = new Map(
  sources.map(({ path, text }) => {
    const named = [...text.matchAll(/(?:from|import) ?\(?"(\.[^"]+)"/g)].map((hit) =>
      posix.join(posix.dirname(path), hit[1] ?? ""),
    );
    const found = named.flatMap(
      (name) => sources.find((file) => file.path.replace(/\.tsx?$/, "") === name) ?? [],
    );
    return [path, found.map((file) => file.path)];
  }),
);

/** The first way from a file back to itself. */
function circle(path: string, way: string[] = []): string[] | undefined {
  if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
  for (const next of imports.get(path) ?? []) {
    if (clear.has(next)) continue;
    const found = circle(next, [...way, path]);
    if (found) return found;
  }
  clear.add(path);
  return undefined;
}
const clear = new Set<string>();

test("no file imports itself by way of others", () => {
  expect([...imports.values()].flat().length).toBeGreaterThan(100);
  expect(sources.flatMap(({ path }) => circle(path)?.join(" → ") ?? [])).toEqual([]);
});
