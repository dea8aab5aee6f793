import { expect, test } from "vitest";
import { suggestLabels } from "../src/desktop/details/lesion/labels";
import { image } from "./fakes";

const labelled = (...labels: string[]) => labels.map((label, at) => image("x".repeat(at + 2), { label }));

test("a lesion without any label yet is offered Mole 1", () => {
  expect(suggestLabels(image("a", { type: "lesion" }), [])).toEqual(["Mole 1"]);
});

test("labels in use come first, for another view of the same, then the next free number", () => {
  expect(suggestLabels(image("a", { type: "lesion" }), labelled("Mole 1", "Mole 2"))).toEqual([
    "Mole 2",
    "Mole 1",
    "Mole 3",
  ]);
});

test("the next number follows the clinician's own word", () => {
  expect(suggestLabels(image("a", { type: "lesion" }), labelled("Naevus 4"))).toEqual([
    "Naevus 4",
    "Naevus 5",
  ]);
});

test("the label it has is not offered again", () => {
  expect(suggestLabels(image("a", { label: "Mole 1" }), labelled("Mole 1"))).toEqual(["Mole 2"]);
});

test("nothing is offered where nothing is known", () => {
  expect(suggestLabels(image("a"), labelled("heel", ""))).toEqual(["heel"]);
  expect(suggestLabels(image("a"), [])).toEqual([]);
});
