// The filing dialog's first words never say more than what is known.
import { expect, test } from "vitest";
import type { FollowUp } from "../src/desktop/filing/followUps/followUps";
import { type Counts, headline } from "../src/desktop/filing/progress/headline";

const counts = (some: Partial<Counts> = {}): Counts => ({
  all: 3,
  moving: 0,
  failed: 0,
  partly: 0,
  asks: 0,
  ...some,
});
const step = (name: FollowUp["step"], state: FollowUp["state"]) =>
  ({ step: name, state, commitId: "c" }) as FollowUp;

test.each<[Partial<Counts>, string]>([
  [{ moving: 1, failed: 1, asks: 1 }, "Filing 3 photos…"],
  [{ failed: 1, asks: 1 }, "1 of 3 photos was not filed"],
  [{ failed: 2 }, "2 of 3 photos were not filed"],
  [{ partly: 1, asks: 1 }, "1 of 3 photos was only partly filed"],
  [{ failed: 1, partly: 2 }, "1 of 3 photos was not filed, 2 only partly"],
  [{ asks: 1 }, "1 photo to check in Evolution"],
  [{}, "Filed in the record"],
])("%o is %s", (some, words) => {
  expect(headline(counts(some), [step("inbox", "committed")])).toBe(words);
});

test.each<[FollowUp["state"], FollowUp["state"], string]>([
  ["committed", "committed", "Filed in the record"],
  ["queued", "committed", "Filed; the message has not been sent yet"],
  ["committed", "sending", "Filed; the task has not been sent yet"],
  ["queued", "queued", "Filed; the message and the task have not been sent yet"],
  ["unverified", "queued", "Filed; check the message in Evolution"],
  ["failed", "unverified", "Filed; the message was not sent"],
  ["failed", "failed", "Filed; the message and the task were not sent"],
])("a message that is %s and a task that is %s", (message, task, words) => {
  expect(headline(counts(), [step("inbox", message), step("task", task)])).toBe(words);
});
