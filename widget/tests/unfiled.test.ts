// Unfiled: this patient's are there again, others' stay away.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import type { Unfiled } from "../src/api/types";
import { FakeGateway, image, memory, opened, SESSION, settled } from "./fakes";

const left = (more: Partial<Unfiled>): Unfiled => ({
  samePatient: true,
  patient: { initials: "AE", nhi: "ZAC4101" },
  providerName: "Dr Alex Api",
  count: 2,
  underWay: 0,
  oldest: "2026-11-23T22:00:00Z",
  resumable: true,
  ...more,
});

async function openedWith(left: Unfiled, gateway = new FakeGateway()) {
  gateway.open = { ...SESSION, leftovers: [left] };
  gateway.leftBehind = [image("a"), image("bb")];
  return opened([], memory(), gateway);
}

test("this patient's photos of an earlier session are simply there again", async () => {
  const { store } = await openedWith(left({}));
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["a", "bb"]);
  expect([...store.unfiled.earlier.value]).toEqual(["a", "bb"]);
  expect(store.unfiled.ours.value).toEqual([]);
});

test("which photos are from earlier is still known after a reload", async () => {
  const first = await openedWith(left({}));
  const again = await opened([image("a"), image("bb")], first.kept);
  expect([...again.store.unfiled.earlier.value]).toEqual(["a", "bb"]);
});

test("photos that the launch itself brought back are from earlier, and new ones aren't", async () => {
  const before = image("a", { uploadedAt: "2026-11-23T23:59:59.900Z" });
  const since = image("bb", { uploadedAt: "2026-11-24T00:00:00.100Z" });
  const { store } = await opened([before, since]);
  expect([...store.unfiled.earlier.value]).toEqual(["a"]);
});

test("what is being filed automatically is nobody's to deal with", async () => {
  const { store } = await openedWith(left({ count: 1, underWay: 1, resumable: false }));
  expect(store.unfiled.elsewhere.value).toEqual([]);
});

test("what is under way is shown, and comes here once it needs the clinician", async () => {
  const { store, gateway, clock } = await openedWith(left({ count: 2, underWay: 2, resumable: false }));
  expect(store.unfiled.underWay.value).toBe(2);
  await clock.pass(5_000);
  expect(store.unfiled.underWay.value).toBe(2);
  expect(store.images.all.value).toEqual([]);
  gateway.open = { ...SESSION, leftovers: [left({})] };
  await clock.pass(5_000);
  expect(store.unfiled.underWay.value).toBe(0);
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["a", "bb"]);
});

test("what is under way and is filed without the clinician is no longer shown", async () => {
  const { store, gateway, clock } = await openedWith(left({ count: 1, underWay: 1, resumable: false }));
  gateway.open = SESSION;
  await clock.pass(5_000);
  expect(store.unfiled.underWay.value).toBe(0);
  expect(store.images.all.value).toEqual([]);
});

test("other patients' photos under way are not counted here", async () => {
  const { store } = await openedWith(left({ samePatient: false, underWay: 2, resumable: false }));
  expect(store.unfiled.underWay.value).toBe(0);
});

test("nothing of other patients is brought here", async () => {
  const { store, gateway } = await openedWith(
    left({ samePatient: false, resumable: false, patient: { initials: "WK", nhi: "ZBH4103" } }),
  );
  expect(gateway.leftBehind).toHaveLength(2);
  expect(store.images.all.value).toEqual([]);
});

test("a colleague's open photos are distinguished", async () => {
  const { store } = await openedWith(left({ resumable: false, providerName: "Dr Else" }));
  expect(store.unfiled.ours.value).toEqual([]);
  expect(store.unfiled.elsewhere.value).toHaveLength(1);
});

test("photos that came although the answer was lost are not called missing", async () => {
  const gateway = new FakeGateway();
  const resume = gateway.resume;
  gateway.resume = async () => {
    await resume.call(gateway);
    throw unreachable();
  };
  const { store } = await openedWith(left({}), gateway);
  expect(store.images.all.value).toHaveLength(2);
  expect(store.notices.list.value).toEqual([]);
});

test("a fault says so and can be tried again", async () => {
  const gateway = new FakeGateway();
  gateway.failures.set("resume", new ApiProblem(503, { detail: "Busy for a moment." }));
  const { store } = await openedWith(left({}), gateway);
  const [notice] = store.notices.list.value;
  expect(notice?.text).toContain("Busy for a moment.");
  notice?.action?.run();
  await settled();
  await settled();
  expect(store.images.all.value).toHaveLength(2);
});
