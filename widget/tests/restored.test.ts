// After a restore: what is only looked for isn't said to be on its way, nor to be tried again.
import { expect, test } from "vitest";
import type { CommitError } from "../src/api/types";
import { isLookedFor, isRestored, isWaiting } from "../src/desktop/filing/progress/Waiting";

const waits = (state: "queued" | "sending" | "unverified", type: string | null) => ({
  state,
  attempts: 1,
  nextAttemptAt: null,
  givesUpAt: null,
  error: type === null ? null : ({ type, title: "", detail: "" } as CommitError),
});

test.each([
  ["queued", "restored-from-backup", { restored: true, lookedFor: true, waiting: false }],
  ["unverified", "restored-from-backup", { restored: true, lookedFor: false, waiting: false }],
  ["sending", "restored-from-backup", { restored: true, lookedFor: false, waiting: true }],
  ["queued", "practice-offline", { restored: false, lookedFor: false, waiting: true }],
  ["queued", null, { restored: false, lookedFor: false, waiting: false }],
] as const)("%s because of %s", (state, type, expected) => {
  const one = waits(state, type);
  const found = { restored: isRestored(one), lookedFor: isLookedFor(one), waiting: isWaiting(one) };
  expect(found).toEqual(expected);
});
