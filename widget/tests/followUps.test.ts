// Message and task: a state of their own, and never sent twice because of each other.
import { expect, test } from "vitest";
import { FOREARM, image, opened } from "./fakes";

async function filedWithMessage() {
  const page = await opened([image("a", { bodySite: FOREARM })]);
  await page.store.filing.review();
  await page.store.filing.confirm();
  page.hear("commit.updated", page.gateway.tell("commit-1", ["a"], "committed"));
  return page;
}

test("a message that went wrong is still said once the dialog is closed", async () => {
  const { store, gateway, hear } = await filedWithMessage();
  expect(store.filing.troubled.value).toBe(0);
  hear("commit.updated", gateway.follow("commit-1", "inbox", "unverified"));
  store.filing.close();
  expect(store.filing.troubled.value).toBe(1);
});

test("the message has a state of its own", async () => {
  const { store, gateway, hear } = await filedWithMessage();
  hear("commit.updated", gateway.follow("commit-1", "inbox", "sending"));
  expect(store.filing.followUps.value).toMatchObject([
    { step: "inbox", state: "sending", commitId: "commit-1" },
  ]);
});

test("a message that failed is sent again without its photo", async () => {
  const { store, gateway, hear } = await filedWithMessage();
  hear("commit.updated", gateway.follow("commit-1", "inbox", "failed"));
  await store.filing.retry();
  expect(gateway.calls.filter((call) => call.startsWith("retry"))).toEqual(["retry commit-1"]);
  expect(gateway.calls.filter((call) => call.startsWith("file"))).toEqual(["file a"]);
});

test("the clinician's answer settles an uncertain task", async () => {
  const { store, gateway, hear } = await filedWithMessage();
  hear("commit.updated", gateway.follow("commit-1", "task", "unverified"));
  const [step] = store.filing.followUps.value;
  if (step) await store.filing.resolveFollowUp(step, "in-inbox");
  expect(gateway.calls).toContain("resolveStep task in-inbox");
  expect(store.filing.followUps.value[0]?.state).toBe("committed");
});

test("without events, asking follows a message to its end", async () => {
  const { store, gateway, hear, clock } = await filedWithMessage();
  hear("commit.updated", gateway.follow("commit-1", "inbox", "queued"));
  gateway.follow("commit-1", "inbox", "committed");
  await clock.pass(3_000);
  expect(store.filing.followUps.value[0]?.state).toBe("committed");
});

test("a message that waits for a photo that failed is not asked about over and over", async () => {
  const { store, gateway, hear, clock } = await filedWithMessage();
  gateway.tell("commit-1", ["a"], "failed");
  hear("commit.updated", gateway.follow("commit-1", "inbox", "queued"));
  store.images.receive(image("a", { state: "failed", bodySite: FOREARM }));
  await clock.pass(3_000);
  gateway.calls = [];
  await clock.pass(60_000);
  expect(gateway.calls.filter((call) => call.startsWith("commit"))).toEqual([]);
});
