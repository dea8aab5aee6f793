// A message and a task as they are drafted: what is wrong with them is said before anything is filed.
import { expect, test } from "vitest";
import { createFollowUpDrafts } from "../src/shared/followUps/drafts";
import { followUpNeeds as needs } from "../src/shared/followUps/needs.locale";
import { FakeClock } from "./fakes/clock";

function drafted(due: string) {
  const drafts = createFollowUpDrafts(new FakeClock(), () => "us");
  drafts.turn("task", true);
  drafts.change("task", { due });
  return drafts;
}

test("a task is for the one who files, unless another is chosen", () => {
  const drafts = drafted("");
  expect(drafts.routing().task).toEqual({ assigneeId: "us", note: "" });
  drafts.turn("task", false);
  expect(drafts.routing()).toEqual({});
});
test.each([
  ["1/12/2026", "2026-12-01"],
  ["24/11/2026", "2026-11-24"],
])("a task may be due on %s", (typed, due) => {
  const drafts = drafted(typed);
  expect(drafts.needs.value).toBe("");
  expect(drafts.routing().task?.due).toBe(due);
});
test.each(["12/1/26 or so", "11/29/2026", "31/11/2026", "soon"])(
  "nothing is filed while '%s' is the day",
  (typed) => {
    const drafts = drafted(typed);
    expect(drafts.needs.value).toBe(needs.taskDue);
    expect(drafts.due.value.problem).not.toBe("");
    drafts.change("task", { due: "" });
    expect(drafts.needs.value).toBe("");
  },
);
test("a day that is over is refused here already", () => {
  const drafts = drafted("23/11/2026");
  expect(drafts.due.value.problem).toBe(needs.dueOver);
  expect(drafts.routing().task?.due).toBeUndefined();
});
test("a wrong day keeps nothing back once the task is off", () => {
  const drafts = drafted("soon");
  drafts.turn("task", false);
  expect(drafts.needs.value).toBe("");
});
test.each(["message", "task"] as const)("nothing is filed with a %s that is too long", (which) => {
  const drafts = drafted("");
  drafts.turn("message", true);
  drafts.change("message", { to: "them" });
  drafts.change(which, { note: "n".repeat(2000) });
  expect(drafts.needs.value).toBe("");
  drafts.change(which, { note: "n".repeat(2001) });
  expect(drafts.needs.value).toContain("2,001 characters, and at most 2,000 fit");
  drafts.turn(which, false);
  expect(drafts.needs.value).toBe("");
});
