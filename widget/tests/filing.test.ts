// Filing: once, only what was reviewed, and the truth about each image.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { targetsToCheck } from "../src/shared/images/targetsToCheck";
import { FakeGateway, FOREARM, image, opened, settled } from "./fakes";

const ready = (id: string, more = {}) => image(id, { bodySite: FOREARM, ...more });
const filings = (gateway: FakeGateway) => gateway.calls.filter((call) => call.startsWith("file "));

test("pressing File to record twice files once", async () => {
  const { store, gateway } = await opened([ready("a")]);
  await store.filing.review();
  await Promise.all([store.filing.confirm(), store.filing.confirm()]);
  expect(filings(gateway)).toEqual(["file a"]);
});

test("what is ready is filed, and the rest stays", async () => {
  const { store, gateway } = await opened([ready("a"), image("bb")]);
  await store.filing.review();
  expect(store.review.listed.value.map(({ id }) => id)).toEqual(["a"]);
  await store.filing.confirm();
  expect(filings(gateway)).toEqual(["file a"]);
  expect(store.filing.missing.value.map(({ id }) => id)).toEqual(["bb"]);
});

test("with nothing ready the review stays closed, and the first photo without a body site is selected", async () => {
  const { store } = await opened([image("a"), image("bb")]);
  store.images.select("bb");
  await store.filing.review();
  expect(store.filing.step.value).toBe("closed");
  expect(store.images.selected.value?.id).toBe("a");
});

test("the number on the button is the number that the review proposes", async () => {
  const { store } = await opened([ready("a"), image("bb", { bodySite: FOREARM, derivedFrom: "a" })]);
  expect(store.filing.proposed.value.map(({ id }) => id)).toEqual(["bb"]);
  await store.filing.review();
  expect(store.review.chosen.value.map(({ id }) => id)).toEqual(["bb"]);
});

test("an original whose edited copy was filed is not proposed later", async () => {
  const { store, gateway, hear } = await opened([
    ready("a"),
    ready("bb", { derivedFrom: "a" }),
    ready("dddd", { derivedFrom: "bb" }),
  ]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.tell("commit-1", ["dddd"], "committed"));
  store.filing.close();
  hear("image.added", ready("ccc"));
  expect(store.filing.proposed.value.map(({ id }) => id)).toEqual(["ccc"]);
  await store.filing.review();
  await store.filing.confirm();
  expect(filings(gateway)).toEqual(["file dddd", "file ccc"]);
});

test("a body site that is still being saved is saved before the review opens", async () => {
  const { store, gateway } = await opened([image("a")]);
  store.details.edit("a", { bodySite: FOREARM });
  await store.filing.review();
  expect(gateway.calls[0]).toContain("describe a");
  expect(store.filing.step.value).toBe("review");
});

test("the review does not open while a change is refused", async () => {
  const { store, gateway } = await opened([ready("a")]);
  gateway.failures.set("describe", new ApiProblem(422, { detail: "Too long." }));
  store.details.edit("a", { label: "x" });
  await store.filing.review();
  expect(store.filing.step.value).toBe("closed");
  expect(store.notices.list.value[0]?.tone).toBe("bad");
  store.details.drop("a");
  expect(store.notices.list.value).toEqual([]);
});

test("a resend after a lost answer carries the same key", async () => {
  const { store, gateway } = await opened([ready("a")]);
  await store.filing.review();
  gateway.failures.set("file", unreachable());
  await store.filing.confirm();
  expect(store.filing.step.value).toBe("review");
  await store.filing.confirm();
  expect(gateway.keys).toEqual(["key-1", "key-1"]);
});

test("a filing whose answer was lost is shown once the photos are on their way", async () => {
  const { store, gateway, hear } = await opened([ready("a"), ready("bb")]);
  await store.filing.review();
  const file = gateway.file;
  gateway.file = async (...asked) => {
    await file.apply(gateway, asked);
    throw unreachable();
  };
  await store.filing.confirm();
  expect(store.filing.problem.value?.temporary).toBe(true);
  hear("image.updated", ready("a", { state: "committed", commitId: "commit-1" }));
  expect(store.filing.step.value).toBe("review");
  hear("image.updated", ready("bb", { state: "committed", commitId: "commit-1" }));
  expect(store.filing.step.value).toBe("progress");
  expect(store.filing.rows.value.map(({ image }) => image.id)).toEqual(["a", "bb"]);
  expect(store.filing.problem.value).toBeNull();
});

test("photos that left before the answer came are not called submitted in another window", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  const file = gateway.file;
  let answer = () => {};
  gateway.file = async (...asked) => {
    const commit = await file.apply(gateway, asked);
    await new Promise<void>((late) => {
      answer = late;
    });
    return commit;
  };
  const asked = store.filing.confirm();
  hear("image.updated", ready("a", { state: "committed", commitId: "commit-1" }));
  expect(store.filing.step.value).toBe("progress");
  await settled();
  await settled();
  answer();
  await asked;
  expect(store.filing.step.value).toBe("progress");
  expect(store.notices.list.value).toEqual([]);
});

test("the key of an unanswered request survives a reload", async () => {
  const first = await opened([ready("a")]);
  await first.store.filing.review();
  first.gateway.failures.set("file", unreachable());
  await first.store.filing.confirm();
  const second = await opened([ready("a")], first.kept);
  await second.store.filing.review();
  await second.store.filing.confirm();
  expect(second.gateway.keys).toEqual(first.gateway.keys);
});

test("after a refusal the next request has a new key", async () => {
  const { store, gateway } = await opened([ready("a")]);
  await store.filing.review();
  gateway.failures.set("file", new ApiProblem(422, { detail: "No." }));
  await store.filing.confirm();
  expect(store.filing.problem.value?.detail).toBe("No.");
  await store.filing.confirm();
  expect(gateway.keys).toEqual(["key-1", "key-2"]);
});

test("more photos than one request may hold go out in portions with a key each", async () => {
  const { store, gateway } = await opened([ready("a"), ready("bb"), ready("ccc")]);
  await store.filing.review();
  await store.filing.confirm();
  expect(filings(gateway)).toEqual(["file a,bb", "file ccc"]);
  expect(new Set(gateway.keys).size).toBe(2);
  expect(store.filing.rows.value).toHaveLength(3);
});

test("a photo that arrives during the review is not filed unseen", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  hear("image.added", ready("bb"));
  await store.filing.confirm();
  expect(filings(gateway)).toEqual(["file a"]);
});

test("events turn progress into a receipt", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.tell("commit-1", ["a"], "committed"));
  expect(store.filing.rows.value[0]?.image).toMatchObject({
    state: "committed",
    documentReferenceId: "doc-a",
  });
  expect(store.unfiledCount.value).toBe(0);
});

test("without events, asking leads to the receipt too", async () => {
  const { store, gateway, clock } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  gateway.tell("commit-1", ["a"], "committed");
  await clock.pass(3_000);
  expect(store.filing.rows.value[0]?.image.state).toBe("committed");
});

test("an old answer never takes a filed photo back", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  const sending = gateway.tell("commit-1", ["a"], "sending");
  hear("commit.updated", gateway.tell("commit-1", ["a"], "committed"));
  hear("commit.updated", sending);
  expect(store.filing.rows.value[0]?.image.state).toBe("committed");
});

test("retry sends the failed photo of its commit again", async () => {
  const { store, gateway, hear } = await opened([ready("a"), ready("bb")]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.tell("commit-1", ["a"], "committed"));
  hear("commit.updated", gateway.tell("commit-1", ["bb"], "failed"));
  expect(store.filing.rows.value[1]?.error?.detail).toBe("The practice is offline.");
  await store.filing.retry();
  expect(gateway.calls).toContain("retry commit-1");
  expect(store.filing.rows.value.map((row) => row.image.state)).toEqual(["committed", "queued"]);
});

test("a failed photo whose commit this tab never knew is filed again by request", async () => {
  const { store, gateway } = await opened([image("a", { bodySite: FOREARM, state: "failed" })]);
  store.filing.showReceipt();
  await store.filing.retry();
  expect(filings(gateway)).toEqual(["file a"]);
});

test("the clinician's answer settles an uncertain photo", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.tell("commit-1", ["a"], "unverified"));
  await store.filing.resolve("a", "in-inbox");
  expect(gateway.calls).toContain("resolve a in-inbox");
  expect(store.filing.rows.value[0]?.image.state).toBe("committed");
});

test("where one of two inboxes is in doubt, the answer is about that one", async () => {
  const { store, gateway, hear } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  const told = gateway.tell("commit-1", ["a"], "unverified");
  const images = told.images.map((line) => ({ ...line, toCheck: ["media" as const] }));
  hear("commit.updated", { ...told, images });
  const [target] = targetsToCheck(store.filing.rows.value[0]?.outcome);
  await store.filing.resolve("a", "send-again", target);
  expect(gateway.calls).toContain("resolve a send-again media");
});

test("after a reload, commits are found again and forgotten ones are dropped", async () => {
  const first = await opened([ready("a")]);
  await first.store.filing.review();
  await first.store.filing.confirm();
  first.gateway.tell("commit-1", ["a"], "failed");
  const second = await opened(first.gateway.stored, first.kept, first.gateway);
  second.store.filing.showReceipt();
  expect(second.store.filing.rows.value[0]?.error?.detail).toBe("The practice is offline.");
  const elsewhere = await opened([], first.kept, new FakeGateway());
  expect(elsewhere.kept.getItem("clinicpro.commits")).toBeNull();
});

test("the review opens without what was said of the page behind it", async () => {
  const { store, gateway } = await opened([ready("a")]);
  gateway.failures.set("describe", new ApiProblem(422, { detail: "Too long." }));
  store.details.edit("a", { label: "Mole 1" });
  await store.filing.review();
  expect(store.filing.step.value).toBe("closed");
  expect(store.notices.list.value.map(({ tone }) => tone)).toEqual(["bad"]);
  store.details.edit("a", { label: "Mole" });
  store.notices.say("Saved as photo 2.");
  store.notices.say("Photo 3 removed.", "quiet", { label: "Undo", run: () => undefined });
  await store.filing.review();
  expect(store.filing.step.value).toBe("review");
  expect(store.notices.list.value.map(({ text }) => text)).toEqual(["Photo 3 removed."]);
});
