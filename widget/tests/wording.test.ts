// Dates, ages and sizes as a clinician reads them.
import { expect, test } from "vitest";
import { fromPractice, practiceDay } from "../src/shared/time/practiceTime";
import {
  age,
  calendarDate,
  clockTime,
  dayAndTime,
  megabytes,
  placed,
  timeAndDay,
  yearsOf,
} from "../src/shared/wording";

const on = (iso: string) => new Date(`${iso}T12:00:00+13:00`);

test("a birth date is written d MMM yyyy", () => expect(calendarDate("1965-08-07")).toBe("7 Aug 1965"));
test("an adult's age is in years", () => expect(age("1965-08-07", on("2026-11-24"))).toBe("61 years"));
test("the day before a birthday counts the year before", () =>
  expect(age("1965-11-25", on("2026-11-24"))).toBe("60 years"));
test("a toddler's age is in months", () => expect(age("2025-06-24", on("2026-11-24"))).toBe("17 months"));
test("a baby's age is in weeks", () => expect(age("2026-11-01", on("2026-11-24"))).toBe("3 weeks"));
test("a newborn's age is in days", () => expect(age("2026-11-23", on("2026-11-24"))).toBe("1 day"));
test("an unknown birth date has no age", () => expect(age("", on("2026-11-24"))).toBe(""));
test("sizes are short", () =>
  expect([megabytes(26_214_400), megabytes(380_000)]).toEqual(["25 MB", "380 kB"]));
test("times are the practice's, whatever zone the computer is set to", () => {
  expect(clockTime("2026-11-28T01:05:00Z")).toBe("14:05");
  expect(dayAndTime("2026-11-28T11:05:00Z")).toBe("29 Nov 2026, 00:05");
  expect(dayAndTime("2026-06-30T12:05:00Z")).toBe("1 Jul 2026, 00:05");
});
// A photo left unfiled yesterday afternoon is there again this morning, and its time alone would be of today.
test.each([
  ["2026-11-28T23:50:00+13:00", "23:50 yesterday"],
  ["2026-11-29T00:05:00+13:00", "00:05"],
  ["2026-11-30T00:05:00+13:00", "00:05 tomorrow"],
  ["2026-11-27T14:05:00+13:00", "14:05 on 27 Nov"],
  ["2026-11-28T11:30:00Z", "00:30"],
])("%s is %s on 29 November", (iso, said) => expect(timeAndDay(iso, on("2026-11-29"))).toBe(said));
test("yesterday is the day before, also over the end of daylight saving", () =>
  expect(timeAndDay("2026-04-04T23:50:00+13:00", on("2026-04-05"))).toBe("23:50 yesterday"));
// Daylight saving starts on 27 September 2026 and ends on 5 April 2026, both at two or three in the morning.
test.each([
  "2026-11-24T01:30",
  "2026-07-01T00:00",
  "2026-09-27T01:59",
  "2026-09-27T03:00",
  "2026-04-05T01:59",
])("%s keeps its moment through the input", (input) =>
  expect(`${practiceDay(new Date(fromPractice(input)))}T${clockTime(fromPractice(input))}`).toBe(input),
);
test("a time goes out with New Zealand's offset on that day", () => {
  expect(fromPractice("2026-11-24T14:30")).toBe("2026-11-24T14:30:00+13:00");
  expect(fromPractice("2026-07-24T14:30")).toBe("2026-07-24T14:30:00+12:00");
});
test("the age of consent is counted in whole years", () => {
  expect(yearsOf("2010-11-25", on("2026-11-24"))).toBe(15);
  expect(yearsOf("2010-11-24", on("2026-11-24"))).toBe(16);
  expect(yearsOf("", on("2026-11-24"))).toBeNaN();
});

test("a place is said as colleagues will read it", () => {
  const coded = (display: string) => ({ system: "http://snomed.info/sct", code: "1", display });
  const side = (code: string, display: string) => ({ system: "http://snomed.info/sct", code, display });
  const [left, both] = [side("7771000", "Left"), side("51440002", "Right and left")];
  expect(placed(coded("Shin"), both)).toBe("Shin, both sides");
  expect(placed(coded("Back of hand"), left)).toBe("Back of left hand");
  expect(placed(coded("Forearm"), left)).toBe("Left forearm");
  expect(placed({ text: "stump" }, both)).toBe("stump (both sides)");
  expect(placed(coded("Nose"), null)).toBe("Nose");
  expect(placed(null, left)).toBe("");
});
