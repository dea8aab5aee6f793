// Dates, ages and sizes as a clinician reads them.
import { expect, test } from "vitest";
import { age, calendarDate, localInput, megabytes, withOffset } from "../src/shared/wording";

const on = (iso: string) => new Date(`${iso}T12:00:00`);

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
test("a local time keeps its moment through the input", () => {
  const iso = "2026-11-24T01:30:00.000Z";
  expect(new Date(withOffset(localInput(iso))).toISOString()).toBe(iso);
});
