// The review: what is filed, what goes with it, and the copies taken before the server lets go of the images.
import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import { type FakeGateway, FOREARM, image, opened, settled } from "./fakes";

const ready = (id: string, more = {}) => image(id, { bodySite: FOREARM, ...more });
const sent = (gateway: FakeGateway) => gateway.calls.filter((call) => call.startsWith("file "));

async function reviewing(...images: ReturnType<typeof image>[]) {
  const page = await opened(images);
  await page.store.filing.review();
  for (let turn = 0; turn < 10; turn += 1) await settled();
  return page;
}

test("the review tells of each photo what filing will write", async () => {
  const { store } = await reviewing(ready("a"));
  expect(store.review.fits.value.get("a")).toMatchObject([{ target: "scan", bytes: 700_000 }]);
});

test("a size that can't be told holds nothing up", async () => {
  const page = await opened([ready("a")]);
  page.gateway.failures.set("fit", new ApiProblem(503, {}));
  await page.store.filing.review();
  await settled();
  expect(page.store.review.fits.value.get("a")).toMatchObject({
    text: expect.stringContaining("not known yet"),
  });
  await page.store.filing.confirm();
  expect(sent(page.gateway)).toEqual(["file a"]);
});

test("an unticked photo is not filed, and none ticked files nothing", async () => {
  const { store, gateway } = await reviewing(ready("a"), ready("bb"));
  store.review.toggle("a");
  store.review.toggle("bb");
  expect(store.review.hurdle.value).toContain("Tick");
  await store.filing.confirm();
  expect(sent(gateway)).toEqual([]);
  store.review.toggle("bb");
  await store.filing.confirm();
  expect(sent(gateway)).toEqual(["file bb"]);
});

test("the original of an edited photo is filed too after one click", async () => {
  const { store, gateway } = await reviewing(ready("a"), ready("bb", { derivedFrom: "a" }));
  expect(store.review.chosen.value.map(({ id }) => id)).toEqual(["bb"]);
  store.review.toggle("a");
  await store.filing.confirm();
  expect(sent(gateway)).toEqual(["file a,bb"]);
});

test("a message and a task go with the request, and need somebody they are for", async () => {
  const { store, gateway } = await reviewing(ready("a"));
  store.review.followUps.change("message", { on: true });
  expect(store.review.hurdle.value).toContain("message");
  store.review.followUps.change("message", { to: "d", note: " Please look " });
  store.review.followUps.change("task", { on: true, to: "d", due: "2026-12-01", note: "Again" });
  await store.filing.confirm();
  expect(gateway.routings).toEqual([
    {
      inbox: { recipientId: "d", note: "Please look" },
      task: { assigneeId: "d", due: "2026-12-01", note: "Again" },
    },
  ]);
});

test("what was ticked and drafted is there again when the review is", async () => {
  const { store, gateway } = await reviewing(ready("a"), ready("bb"));
  store.review.toggle("a");
  store.review.followUps.change("message", { on: true, to: "d", note: "Please look" });
  store.filing.close();
  expect(store.filing.proposed.value.map(({ id }) => id)).toEqual(["bb"]);
  await store.filing.review();
  await store.filing.confirm();
  expect(sent(gateway)).toEqual(["file bb"]);
  expect(gateway.routings).toEqual([{ inbox: { recipientId: "d", note: "Please look" } }]);
  store.filing.close();
  await store.filing.review();
  expect(store.review.followUps.on.value).toBe(false);
});

test("what was drafted stays when the answer is lost", async () => {
  const { store, gateway } = await reviewing(ready("a"));
  store.review.followUps.change("task", { on: true, to: "d", note: "Again" });
  gateway.failures.set("file", new ApiProblem(0, {}));
  await store.filing.confirm();
  store.filing.close();
  await store.filing.review();
  await store.filing.confirm();
  expect(gateway.keys).toEqual(["key-1", "key-1"]);
  expect(gateway.routings.at(-1)).toEqual({ task: { assigneeId: "d", note: "Again" } });
});

test("a message goes with one request only, so more photos than that are refused", async () => {
  const { store, gateway } = await reviewing(ready("a"), ready("bb"), ready("ccc"));
  store.review.followUps.change("message", { on: true, to: "d" });
  expect(store.review.hurdle.value).toContain("at most 2 photos");
  await store.filing.confirm();
  expect(sent(gateway)).toEqual([]);
});

test("another message is another request, with another key", async () => {
  const { store, gateway, kept } = await reviewing(ready("a"));
  store.review.followUps.change("message", { on: true, to: "d", note: "Please look at this" });
  gateway.failures.set("file", new ApiProblem(0, {}));
  await store.filing.confirm();
  store.review.followUps.change("message", { note: "Please look at that" });
  await store.filing.confirm();
  expect(new Set(gateway.keys).size).toBe(2);
  expect(kept.getItem("clinicpro.unanswered") ?? "").not.toContain("Please");
});

test("a target that Medtech has not permitted is said before filing", async () => {
  const page = await opened([ready("a")]);
  const able = page.store.session.capabilities;
  if (able.value) {
    const scan = { available: false, reason: "No role for it.", certain: true };
    able.value = { ...able.value, targets: { ...able.value.targets, scan } };
  }
  expect(page.store.review.refused.value).toEqual([{ target: "scan", reason: "No role for it." }]);
});

test("while Medtech can't be asked, nothing is called refused", async () => {
  const page = await opened([ready("a")]);
  const able = page.store.session.capabilities;
  if (able.value) {
    const scan = { available: false, reason: "Not reachable.", certain: false };
    able.value = { ...able.value, targets: { ...able.value.targets, scan } };
  }
  expect(page.store.review.refused.value).toEqual([]);
});

test("the referral pack is of what was filed, and nothing is fetched before filing", async () => {
  const { store, gateway, copied, saved } = await opened([ready("a")]);
  await store.filing.review();
  await store.filing.confirm();
  expect(gateway.calls.filter((call) => call.startsWith("referral"))).toEqual([]);
  const [commitId = ""] = gateway.commits.keys();
  await store.referrals.load(commitId);
  const file = store.referrals.packOf(commitId)?.files[0];
  if (!file) throw new Error("no file");
  await store.referrals.copy(commitId, file);
  expect(store.referrals.said.value).toMatchObject({ key: "copy a", text: "Copied", bad: false });
  await store.referrals.save(commitId, file);
  expect(await copied[0]?.text()).toBe("a");
  expect(saved).toEqual(["a.jpg"]);
});

test("another limit, and names, are asked for again", async () => {
  const { store, gateway } = await opened([ready("a")]);
  store.referrals.ask({ limit: "1MB" }, ["c"]);
  store.referrals.ask({ identified: true }, ["c"]);
  await settled();
  expect(gateway.calls).toContain("referralPack c 1MB false");
  expect(gateway.calls).toContain("referralPack c 1MB true");
});

test("packs are forgotten when the window belongs to nobody any more", async () => {
  const { store, gateway, launchedElsewhere } = await reviewing(ready("a"));
  await store.referrals.load("c");
  expect(store.referrals.packs.value.size).toBe(1);
  gateway.failures.set("session", new ApiProblem(409, { type: "x/session-changed" }));
  launchedElsewhere("another");
  await settled();
  expect(store.session.phase.value).toBe("changed");
  expect(store.referrals.packs.value.size).toBe(0);
});

test("a pack is asked for again once more of its commit is filed, and the latest answer stays", async () => {
  const { store, gateway } = await opened([image("a"), image("bb")]);
  store.referrals.show("c", ["a"]);
  store.referrals.show("c", ["a"]);
  store.referrals.show("c", ["bb", "a"]);
  store.referrals.show("c", ["a", "bb"]);
  await settled();
  expect(gateway.calls.filter((call) => call.startsWith("referralPack"))).toHaveLength(2);
  expect(store.referrals.packOf("c")).not.toBeNull();
  store.referrals.forget();
  store.referrals.show("c", ["a", "bb"]);
  expect(gateway.calls.filter((call) => call.startsWith("referralPack"))).toHaveLength(3);
});
