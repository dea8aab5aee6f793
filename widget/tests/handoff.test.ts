// Handing the session to a phone, as the desktop sees it.
import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import { image, opened } from "./fakes";

const connected = (id: string) => ({
  id,
  state: "connected" as const,
  connected: true,
  waiting: 0,
  expiresAt: "2026-11-24T00:10:00Z",
});

test("opening the panel makes a code and counts down until it can no longer be scanned", async () => {
  const { store, gateway, clock } = await opened();
  await store.handoff.show();
  expect(gateway.calls).toEqual(["handoff", "newHandoff"]);
  expect(store.handoff.secondsLeft.value).toBe(600);
  await clock.pass(60_000);
  expect(store.handoff.secondsLeft.value).toBe(540);
  await clock.pass(540_000);
  expect(store.handoff.scannable.value).toBe(false);
});

test("closing and opening again shows the same code, as long as it can be scanned", async () => {
  const { store, gateway, clock } = await opened();
  await store.handoff.show();
  store.handoff.close();
  await store.handoff.show();
  expect(gateway.made).toBe(1);
  store.handoff.close();
  await clock.pass(600_000);
  await store.handoff.show();
  expect(gateway.made).toBe(2);
});

test("a phone that comes in while the panel is closed is told", async () => {
  const { store, hear } = await opened([image("a")]);
  await store.handoff.show();
  store.handoff.close();
  hear("handoff.updated", connected("h1"));
  expect(store.notices.list.value.at(-1)?.text).toContain("Phone connected");
});

test("a phone that comes in shows in the open panel, and its first photo closes that", async () => {
  const { store, hear } = await opened([image("a")]);
  await store.handoff.show();
  hear("handoff.updated", connected("h1"));
  expect(store.handoff.connected.value).toBe(true);
  expect(store.handoff.open.value).toBe(true);
  expect(store.notices.list.value).toEqual([]);
  hear("image.added", image("bb", { source: "phone" }));
  expect(store.handoff.open.value).toBe(false);
});

test("a photo from the phone moves neither selection nor an open panel without a phone", async () => {
  const { store, hear } = await opened([image("a"), image("bb")]);
  store.images.select("bb");
  hear("image.added", image("ccc", { source: "phone" }));
  expect(store.images.selected.value?.id).toBe("bb");
  expect(store.images.all.value.length).toBe(3);
});

test("what is told of an older hand-off does not touch the newer one", async () => {
  const { store, hear } = await opened();
  await store.handoff.show();
  await store.handoff.renew();
  hear("handoff.updated", { id: "h1", state: "gone", connected: false, expiresAt: null });
  expect(store.handoff.scannable.value).toBe(true);
  expect(store.handoff.code.value?.id).toBe("h2");
});

test("a code made in another window is not shown here as if it were ours", async () => {
  const { store, hear } = await opened();
  await store.handoff.show();
  hear("handoff.updated", {
    id: "other",
    state: "waiting",
    connected: false,
    expiresAt: "2026-11-24T00:10:00Z",
  });
  expect(store.handoff.code.value).toBe(null);
  expect(store.handoff.scannable.value).toBe(false);
});

test("a reloaded page knows that a phone is in, and can disconnect it", async () => {
  const { store, gateway, catchUp } = await opened();
  gateway.now = connected("h9");
  await catchUp();
  expect(store.handoff.connected.value).toBe(true);
  await store.handoff.show();
  expect(gateway.made).toBe(0);
  await store.handoff.disconnect();
  expect(gateway.calls).toContain("endHandoff");
  expect(store.handoff.connected.value).toBe(false);
});

test("a code that can't be made says why, and can be asked for again", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("newHandoff", new ApiProblem(503, { detail: "Busy for a moment." }));
  await store.handoff.show();
  expect(store.handoff.problem.value?.detail).toBe("Busy for a moment.");
  await store.handoff.renew();
  expect(store.handoff.problem.value).toBe(null);
  expect(store.handoff.scannable.value).toBe(true);
});

test("a code made while the pointer is on its way is there when the panel opens", async () => {
  const { store, gateway } = await opened();
  await store.handoff.prepare();
  expect(gateway.made).toBe(1);
  await store.handoff.prepare();
  await store.handoff.show();
  expect(gateway.made).toBe(1);
  expect(store.handoff.scannable.value).toBe(true);
});

test("no code is prepared where that would cut off a phone or another window's code", async () => {
  const { store, gateway } = await opened();
  gateway.now = connected("h9");
  await store.handoff.prepare();
  expect(gateway.made).toBe(0);
  gateway.now = { ...connected("h10"), state: "waiting", connected: false };
  await store.handoff.catchUp();
  await store.handoff.prepare();
  expect(gateway.made).toBe(0);
});

test("the desktop says how many photos the phone still holds", async () => {
  const { store, hear } = await opened();
  hear("handoff.updated", { ...connected("h9"), waiting: 2 });
  expect(store.handoff.waiting.value).toBe(2);
  hear("handoff.updated", { ...connected("h9"), waiting: 0 });
  expect(store.handoff.waiting.value).toBe(0);
});
