// A date is read with its day first, whatever the browser's language; the sign-in page reads the same ones.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dateWords } from "../src/shared/time/locale";
import { readDate, readTime, typedDate } from "../src/shared/time/readDate";

type Examples = {
  read: [string, string][];
  unreadable: string[];
  impossible: string[];
  monthFirst: string[];
};
const examples: Examples = JSON.parse(readFileSync("tests/dates.json", "utf8"));

test.each(examples.read)("%s is %s", (typed, date) => expect(readDate(typed)).toEqual({ date, problem: "" }));
test.each(examples.unreadable)("'%s' is no date", (typed) =>
  expect(readDate(typed)).toEqual({ date: "", problem: dateWords.unreadable }),
);
test.each(examples.impossible)("%s is no day", (typed) =>
  expect(readDate(typed)).toEqual({ date: "", problem: dateWords.impossible }),
);
test.each(examples.monthFirst)("%s is not turned round in silence", (typed) =>
  expect(readDate(typed)).toMatchObject({ date: "", problem: expect.stringContaining("day first") }),
);
test("what the box shows is read as the same day", () => {
  for (const [, date] of examples.read) expect(readDate(typedDate(date)).date).toBe(date);
});
test("a year of two digits is this century's", () => expect(readDate("5/12/26").date).toBe("2026-12-05"));
test.each([
  ["14:05", "14:05"],
  ["9.30", "09:30"],
  ["1405", "14:05"],
  ["2:05 pm", "14:05"],
  ["12:30am", "00:30"],
  ["12:30 PM", "12:30"],
  ["25:00", ""],
  ["14:60", ""],
  ["13:00 pm", ""],
  ["0:30 am", ""],
  ["noon", ""],
  ["", ""],
])("the time %s is read as '%s'", (typed, time) => expect(readTime(typed)).toBe(time));
