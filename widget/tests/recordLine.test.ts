// The line as the page composes it while the server's is on its way: the same (tests/unit/terminology/test_title.py).
import { expect, test } from "vitest";
import { filedEnding, recordLine } from "../src/desktop/details/recordLine";
import lines from "./recordLines.json";

type Line = Parameters<typeof recordLine>[0];

test.each(lines)("$title", ({ title, ...details }) => {
  expect(recordLine(details as unknown as Line)).toBe(title);
});

test("what filing adds is the practice's time, and the place among several", () => {
  expect(filedEnding("2026-11-28T01:30:00Z", 1, 1)).toBe(" – 28 Nov 2026 14:30");
  expect(filedEnding("2026-06-30T12:05:00Z", 3, 3)).toBe(" – 1 Jul 2026 00:05 (3 of 3)");
});

test("a line that only the server can shorten is left to it", () => {
  expect(
    recordLine({ bodySite: { text: "x".repeat(121) }, laterality: null, type: null, view: null, label: "" }),
  ).toBeNull();
});
