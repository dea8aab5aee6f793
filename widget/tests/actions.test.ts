// The editor's actions: one list behind toolbox, keyboard and help.
import { expect, test } from "vitest";
import { ACTIONS, HELP } from "../src/editor/actions/registry";
import { TOOLS } from "../src/editor/actions/tools";
import { locale } from "../src/editor/locale";

const PRESSES = [
  ..."abcdefghijklmnopqrstuvwxyz0+=-[]",
  "enter",
  "delete",
  "backspace",
  "arrowleft",
  "arrowup",
].flatMap((key) => [false, true].map((shift) => ({ key, shift })));

test("a key means one action where it works", () => {
  for (const on of ["ctrl", "letter", "image"] as const)
    for (const press of PRESSES) {
      const meant = ACTIONS.filter((action) => action.on === on && action.matches(press));
      expect(meant.map(({ name }) => name).length, JSON.stringify({ on, ...press })).toBeLessThan(2);
    }
});

test("every action has a name and a key that does it", () => {
  for (const action of ACTIONS) {
    expect(action.name).not.toBe("");
    expect(PRESSES.some(action.matches), action.name).toBe(true);
  }
});

test("every tool is in the list, with its hint", () =>
  expect(TOOLS.map(({ tool, hint }) => [tool, hint])).toEqual(Object.entries(locale.hints)));

test("the help names every key", () => {
  const shown = HELP.map(([keys]) => keys).join(" ");
  for (const { keys } of ACTIONS) for (const key of keys.split(" ")) expect(shown).toContain(key);
  expect(HELP[0]).toEqual(["V C A O L T B", "Select, crop, arrow, circle, draw, text, blur"]);
});
