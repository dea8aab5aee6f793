// One name, one meaning: two files export the same name only where each page, or each part, has its own of a kind.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const OWN = ["App", "Icon", "IconName", "locale"];

test("no two files export the same name", () => {
  const where = new Map<string, string[]>();
  for (const path of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(path) || path.includes(".gen.")) continue;
    const text = readFileSync(`src/${path}`, "utf8");
    for (const [, name = ""] of text.matchAll(
      /^export (?:async )?(?:const|function|type|interface|class) (\w+)/gm,
    ))
      where.set(name, [...(where.get(name) ?? []), path]);
  }
  const twice = [...where].filter(([name, paths]) => paths.length > 1 && !OWN.includes(name));
  expect(twice).toEqual([]);
});
