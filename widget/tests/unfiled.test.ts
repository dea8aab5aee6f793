// Unfiled: this patient's can be added, others' are named only.
import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import type { Unfiled } from "../src/api/types";
import { FakeGateway, image, memory, opened, SESSION } from "./fakes";

const left = (more: Partial<Unfiled>): Unfiled => ({
  samePatient: true,
  patientName: "Aroha Example",
  providerName: "Dr Alex Api",
  count: 2,
  underWay: 0,
  oldest: "2026-11-23T22:00:00Z",
  resumable: true,
  ...more,
});

async function openedWith(...leftovers: Unfiled[]) {
  const gateway = new FakeGateway();
  gateway.open = { ...SESSION, leftovers };
  gateway.leftBehind = [image("a"), image("bb")];
  return opened([], memory(), gateway);
}

test("this patient's leftovers are added with one press, and offered no more", async () => {
  const { store } = await openedWith(left({}));
  expect(store.unfiled.count.value).toBe(2);
  await store.unfiled.resume();
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["a", "bb"]);
  expect(store.images.selected.value?.id).toBe("a");
  expect(store.unfiled.ours.value).toEqual([]);
});

test("what is being filed automatically is not counted as left over", async () => {
  const { store } = await openedWith(
    left({ count: 3, underWay: 1 }),
    left({ count: 1, underWay: 1, resumable: false }),
  );
  expect(store.unfiled.count.value).toBe(2);
  expect(store.unfiled.elsewhere.value).toEqual([]);
});

test("other patients' leftovers are named and can't be added", async () => {
  const { store } = await openedWith(
    left({ samePatient: false, resumable: false, patientName: "Wiremu Kōpua" }),
  );
  expect(store.unfiled.ours.value).toEqual([]);
  expect(store.unfiled.others.value.map(({ patientName }) => patientName)).toEqual(["Wiremu Kōpua"]);
});

test("a colleague's open photos are distinguished", async () => {
  const { store } = await openedWith(left({ resumable: false, providerName: "Dr Else" }));
  expect(store.unfiled.ours.value).toEqual([]);
  expect(store.unfiled.elsewhere.value).toHaveLength(1);
});

test("a fault says so and leaves the offer standing", async () => {
  const { store, gateway } = await openedWith(left({}));
  gateway.failures.set("resume", new ApiProblem(503, { detail: "Busy for a moment." }));
  await store.unfiled.resume();
  expect(store.notices.list.value[0]?.text).toContain("Busy for a moment.");
  expect(store.unfiled.count.value).toBe(2);
});
