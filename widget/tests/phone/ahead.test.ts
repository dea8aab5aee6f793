// Photos go to the server while their taker looks at them, and to the desktop when Send is pressed: each once, or not at all.
import { expect, test } from "vitest";
import { ApiProblem } from "../../src/api/problem";
import { FOREARM } from "../fakes";
import { FakeServer, lastingStore, linkTo, newShelf, page, photo, rested, unreachable } from "./fakes";

const ids = (server: FakeServer) => server.stored.map((image) => image.id);
const heldIds = (server: FakeServer) => server.held.map((image) => image.id);
const called = (server: FakeServer, name: string) =>
  server.calls.filter((call) => call.startsWith(`${name} `)).length;

test("a photo is uploaded before Send, on no desktop, and released by it", async () => {
  const { store, server } = await page();
  await store.take([photo("one")], "camera");
  await rested();
  expect(heldIds(server)).toEqual(["one ready"]);
  expect(ids(server)).toEqual([]);
  expect(store.sentImages.images.value).toEqual([]);
  expect(store.here.value).toBe(1);
  await store.sentImages.refresh();
  expect(store.sentImages.images.value).toEqual([]);
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(heldIds(server)).toEqual([]);
  expect([called(server, "ahead"), called(server, "add"), called(server, "release")]).toEqual([1, 0, 1]);
  expect(store.done.value).toBe(true);
});

test("what is known of it arrives with the photo", async () => {
  const { store, server } = await page();
  const key = await store.pending.add([photo("one")], "camera");
  await rested();
  await store.pending.describe([key], { bodySite: FOREARM });
  await store.sending.send();
  await rested();
  expect(server.stored[0]?.bodySite).toEqual(FOREARM);
  const order = server.calls
    .filter((call) => /^(describe|release)/.test(call))
    .map((call) => call.split(" ")[0]);
  expect(order).toEqual(["describe", "release"]);
});

test("a removed or retaken photo is removed from the server too", async () => {
  const { store, server } = await page();
  const first = await store.pending.add([photo("one")], "camera");
  await rested();
  await store.pending.add([photo("two")], "camera", first);
  await rested();
  expect(heldIds(server)).toEqual(["two ready"]);
  await store.pending.remove(store.pending.images.value[0]?.key ?? "");
  await rested();
  expect(heldIds(server)).toEqual([]);
});

test("a photo that the server has destroyed in the meantime goes again, from this phone's copy", async () => {
  const { store, server } = await page();
  await store.take([photo("one")], "camera");
  await rested();
  server.held = [];
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(store.done.value).toBe(true);
});

test("a killed tab finds what it uploaded ahead, and releases it once", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  const first = await page(server, lastingStore(shelf));
  await first.store.take([photo("one")], "camera");
  await rested();
  const second = await page(server, lastingStore(shelf), "");
  await second.store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect([called(server, "ahead"), called(server, "add")]).toEqual([1, 0]);
  expect(shelf.size).toBe(0);
});

test("an upload ahead whose answer was lost is no second photo", async () => {
  const { store, server } = await page();
  server.failures.push({ call: "ahead", problem: unreachable(), carriedOut: true });
  await store.take([photo("one")], "camera");
  await rested();
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(heldIds(server)).toEqual([]);
});

test("a release whose answer was lost is asked for again, and the photo is there once", async () => {
  const { store, server, clock } = await page();
  await store.take([photo("one")], "camera");
  await rested();
  server.failures.push(
    { call: "release", problem: unreachable(), carriedOut: true },
    { call: "session", problem: unreachable() },
  );
  await store.sending.send();
  await rested();
  expect(store.done.value).toBe(false);
  await clock.pass(1_100);
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(store.done.value).toBe(true);
});

test("a refusal ahead of Send is not shown, and Send asks again and tells", async () => {
  const { store, server } = await page();
  const broken = new ApiProblem(422, { title: "Broken", detail: "Take it again." });
  server.failures.push({ call: "ahead", problem: broken }, { call: "add", problem: broken });
  await store.take([photo("one")], "camera");
  await rested();
  expect(store.pending.unsent.value.length).toBe(1);
  expect(called(server, "ahead")).toBe(1);
  await store.sending.send();
  await rested();
  expect(store.pending.images.value.map(({ refusal }) => refusal?.detail)).toEqual(["Take it again."]);
});

test("a session that is full says so on Send", async () => {
  const { store, server } = await page();
  await store.take([photo("one")], "camera");
  await rested();
  server.failures.push({
    call: "release",
    problem: new ApiProblem(409, { type: "/problems/too-many-pictures" }),
  });
  await store.sending.send();
  await rested();
  expect(store.sending.full.value).toBe(true);
  store.sending.againAll();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
});

test("nothing goes ahead where data is saved, or where the phone files itself", async () => {
  const saver = await page(new FakeServer(), undefined, "good", { savesData: true });
  await saver.store.take([photo("one")], "camera");
  await rested();
  expect(called(saver.server, "ahead")).toBe(0);
  const server = new FakeServer();
  server.own = linkTo();
  const own = await page(server, undefined, "signed-in");
  await own.store.take([photo("one")], "camera");
  await rested();
  expect(called(server, "ahead")).toBe(0);
});

test("an original that follows steps back for a new photo, and follows after it", async () => {
  const { store, server } = await page();
  let arrive = () => {};
  server.originalsWait = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await store.take([photo("one, and a much larger original than its copy")], "camera");
  const key = store.pending.images.value[0]?.key ?? "";
  await rested();
  await store.pending.record(key, {}, { original: photo("the original") });
  await store.sending.send();
  await rested();
  expect(store.pending.behind.value.length).toBe(1);
  await store.take([photo("two")], "camera");
  await store.sending.send();
  await rested();
  expect(ids(server).some((id) => id.startsWith("two"))).toBe(true);
  arrive();
  await rested();
  expect(store.pending.behind.value.length).toBe(0);
  expect(called(server, "original")).toBe(1);
});
