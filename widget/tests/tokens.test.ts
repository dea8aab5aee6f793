// The colours of tokens.css: what is read has 4.5:1, what is seen (borders of controls, focus) 3:1, light and dark.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/shared/styles/tokens.css", import.meta.url), "utf8");
const [light = "", dark = ""] = css.split("@media (prefers-color-scheme: dark)");
const colours = (part: string) =>
  Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]));

const LIGHT = colours(light) as Record<string, string>;
const DARK = { ...LIGHT, ...colours(dark) } as Record<string, string>;

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = (hex.match(/[0-9a-f]{2}/g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const GROUNDS = ["paper", "surface", "sunken"];
const READ: [string, string][] = [
  ...GROUNDS.flatMap((ground): [string, string][] => [
    ["ink", ground],
    ["ink-soft", ground],
    ["accent", ground],
  ]),
  ...["ok", "warn", "bad", "ask", "accent"].map((tone): [string, string] => [tone, `${tone}-soft`]),
  ...["ok", "warn", "bad", "ask"].map((tone): [string, string] => [tone, "surface"]),
  ["warn", "paper"],
  ["accent-ink", "accent"],
  ["accent-ink", "accent-deep"],
  ["ink", "accent-soft"],
  ["ink", "bad-soft"],
  ["ink", "ask-soft"],
  ["ink-soft", "bad-soft"],
  ["ink-soft", "accent-soft"],
];
const SEEN: [string, string][] = GROUNDS.flatMap((ground): [string, string][] => [
  ["edge", ground],
  ["accent", ground],
]);

describe.each([
  ["light", LIGHT],
  ["dark", DARK],
])("in %s", (_name, tokens) => {
  test.each(READ)("%s can be read on %s", (text, ground) => {
    expect(contrast(tokens[text] ?? "", tokens[ground] ?? "")).toBeGreaterThanOrEqual(4.5);
  });

  test.each(SEEN)("a line of %s can be seen on %s", (line, ground) => {
    expect(contrast(tokens[line] ?? "", tokens[ground] ?? "")).toBeGreaterThanOrEqual(3);
  });
});
