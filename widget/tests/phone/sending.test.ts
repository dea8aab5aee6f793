// From the image to the server: nothing lost, nothing twice, and nothing left on the phone.
import { expect, test } from "vitest";
import { ApiProblem } from "../../src/api/problem";
import { CAPABILITIES, FOREARM, image, memory } from "../fakes";
import { ended, FakeServer, lastingStore, linkTo, newShelf, page, photo, rested, unreachable } from "./fakes";

const ids = (server: FakeServer) => server.stored.map((image) => image.id);
const adds = (server: FakeServer) => server.calls.filter((call) => call.startsWith("add "));

test("what was shot is sent once it is wanted, and then nothing is left on the phone", async () => {
  const shelf = newShelf();
  const { store, server } = await page(new FakeServer(), lastingStore(shelf));
  await store.take([photo("one")], "camera");
  await store.take([photo("two")], "camera");
  await rested();
  expect(adds(server)).toEqual([]);
  expect(shelf.size).toBe(2);
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready", "two ready"]);
  expect(shelf.size).toBe(0);
  expect(store.done.value).toBe(true);
});

test("one press sends all photos that were chosen, also those that are still being stored", async () => {
  const shelf = newShelf();
  const { store, server } = await page(new FakeServer(), lastingStore(shelf));
  const chosen = store.take([photo("one"), photo("two"), photo("three")], "gallery");
  expect(store.pending.coming.value).toBe(3);
  await store.sending.send();
  expect(store.pending.coming.value).toBe(0);
  await chosen;
  await rested();
  expect(ids(server)).toEqual(["one ready", "two ready", "three ready"]);
  expect(shelf.size).toBe(0);
});

test("what is chosen after the press on Send, or taken by the camera, waits for the next one", async () => {
  const { store, server } = await page();
  const before = store.take([photo("one"), photo("two")], "gallery");
  const pendingImage = store.take([photo("shot")], "camera");
  await store.sending.send();
  const after = store.take([photo("three")], "gallery");
  await Promise.all([before, pendingImage, after]);
  await rested();
  expect(ids(server).sort()).toEqual(["one ready", "two ready"]);
  expect(store.pending.unsent.value.length).toBe(2);
});

test("a tab killed after the shot brings it back, unsent", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  const first = await page(server, lastingStore(shelf));
  await first.store.take([photo("one")], "camera");
  const second = await page(server, lastingStore(shelf), "");
  expect(second.store.pending.unsent.value.length).toBe(1);
  await second.store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
});

test("a tab killed while sending continues automatically, and the server gets the very same bytes", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  server.failures.push({ call: "add", problem: unreachable(), carriedOut: true });
  const first = await page(server, lastingStore(shelf));
  await first.store.take([photo("one")], "camera");
  await first.store.sending.send();
  await rested();
  expect(shelf.size).toBe(1);
  await page(server, lastingStore(shelf), "");
  await rested();
  expect(adds(server)).toEqual(["add one ready", "add one ready"]);
  expect(ids(server)).toEqual(["one ready"]);
  expect(shelf.size).toBe(0);
});

test("a lost network is waited for, and its return is enough", async () => {
  const { store, server } = await page();
  server.failures.push({ call: "add", problem: unreachable() }, { call: "session", problem: unreachable() });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(store.link.connected.value).toBe(false);
  expect(ids(server)).toEqual([]);
  await store.wake();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(store.link.connected.value).toBe(true);
});

test("a busy server is asked again when it said, not before", async () => {
  const { store, server, clock } = await page();
  server.failures.push({ call: "add", problem: new ApiProblem(503, { title: "Busy" }, 7) });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  await clock.pass(6_900);
  await rested();
  expect(adds(server).length).toBe(1);
  await clock.pass(200);
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
});

test("a refused photo says why and stays; the others go on", async () => {
  const { store, server } = await page();
  server.failures.push({
    call: "add",
    problem: new ApiProblem(422, { title: "Broken", detail: "Take it again." }),
  });
  await store.take([photo("bad"), photo("good")], "gallery");
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["good ready"]);
  expect(store.pending.images.value.map((pendingImage) => pendingImage.refusal?.detail)).toEqual([
    "Take it again.",
  ]);
  expect(store.done.value).toBe(false);
});

test("a full session says so, and what stayed can be sent once there is room", async () => {
  const { store, server } = await page();
  server.failures.push({
    call: "add",
    problem: new ApiProblem(409, { type: "/problems/too-many-pictures" }),
  });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(store.sending.full.value).toBe(true);
  store.sending.again(store.pending.images.value[0]?.key ?? "");
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
  expect(store.sending.full.value).toBe(false);
});

test("twenty at once are made ready one after the other, and each arrives once", async () => {
  const { store, server, imageWorker } = await page();
  const names = Array.from({ length: 20 }, (_, at) => `photo ${at}`);
  await store.take(names.map(photo), "gallery");
  await store.sending.send();
  for (let turn = 0; turn < 10; turn++) await rested();
  expect(ids(server)).toEqual(names.map((name) => `${name} ready`));
  expect(imageWorker.mostAtOnce).toBe(1);
  expect(store.pending.images.value).toEqual([]);
});

test("what can't be decoded here goes as it is", async () => {
  const { store, server } = await page();
  await store.take([photo("heic")], "gallery");
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["heic"]);
});

test("what is larger than the limit is not sent at all", async () => {
  const { store, server } = await page();
  await store.take([photo(`heic${"x".repeat(CAPABILITIES.limits.maxBytes)}`)], "gallery");
  await store.sending.send();
  await rested();
  expect(adds(server)).toEqual([]);
  expect(store.pending.images.value[0]?.refusal?.title).toBe("File too large");
});

test("side and body site stick for the next shot and follow the photo", async () => {
  const { store, server } = await page();
  await store.take([photo("one")], "camera");
  const left = CAPABILITIES.lateralities[1] ?? null;
  await store.pending.describe([store.screens.opened.value], { bodySite: FOREARM, laterality: left });
  await store.take([photo("two")], "camera");
  await store.sending.send();
  await rested();
  expect(server.stored.map(({ bodySite, laterality }) => [bodySite, laterality])).toEqual([
    [FOREARM, left],
    [FOREARM, left],
  ]);
});

test("a place that could not be told is told after a killed tab, without sending the photo again", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  server.failures.push({ call: "describe", problem: unreachable() });
  const { store } = await page(server, lastingStore(shelf));
  await store.pending.describe([], { bodySite: FOREARM });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect([...shelf.values()].map(({ body }) => body)).toEqual([null]);
  await page(server, lastingStore(shelf), "");
  await rested();
  expect(adds(server).length).toBe(1);
  expect(server.stored[0]?.bodySite).toEqual(FOREARM);
  expect(shelf.size).toBe(0);
});

test("what the desktop said about a photo is not written over", async () => {
  const { store, server } = await page();
  server.stored.push({ ...image("one ready"), bodySite: { text: "Scar" } });
  await store.pending.describe([], { bodySite: FOREARM });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(server.stored.map((image) => image.bodySite)).toEqual([{ text: "Scar" }]);
});

test("a retake takes the other's place only when there is one", async () => {
  const { store } = await page();
  await store.take([photo("one")], "camera");
  const first = store.screens.opened.value;
  await store.take([], "camera", first);
  expect(store.pending.images.value.map((pendingImage) => pendingImage.key)).toEqual([first]);
  await store.take([photo("two")], "camera", first);
  expect(store.pending.images.value.length).toBe(1);
  expect(store.pending.images.value[0]?.key).not.toBe(first);
});

test("a retake that can't be read leaves the photo that it was to replace", async () => {
  const { store } = await page();
  await store.take([photo("one")], "camera");
  const first = store.screens.opened.value;
  await store.take([photo("")], "camera", first);
  expect(store.pending.images.value.map(({ state }) => state)).toEqual(["preparing", "refused"]);
  expect(store.pending.one(first)).toBeDefined();
});

test("a side doesn't go to another site, of an unsent photo or of the next one", async () => {
  const { store } = await page();
  const [, left = null] = CAPABILITIES.lateralities;
  const elsewhere = { ...FOREARM, code: "85562004", display: "Hand" };
  await store.take([photo("one")], "camera");
  const key = store.screens.opened.value;
  const { describe } = store.pending;
  const both = () => [store.pending.one(key)?.place, store.pending.place.value];
  await describe([key], { laterality: left });
  await describe([key], { bodySite: FOREARM });
  expect(both()).toEqual(Array(2).fill({ bodySite: FOREARM, laterality: left }));
  await describe([key], { bodySite: { ...FOREARM } });
  expect(both()).toEqual(Array(2).fill({ bodySite: FOREARM, laterality: left }));
  await describe([key], { bodySite: elsewhere });
  expect(both()).toEqual(Array(2).fill({ bodySite: elsewhere, laterality: null }));
  await describe([key], { bodySite: FOREARM, laterality: left });
  await describe([key], { bodySite: null });
  expect(both()).toEqual(Array(2).fill({ bodySite: null, laterality: null }));
});

test("a link that is cut while sending ends the page and keeps the photo", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  server.failures.push({ call: "add", problem: ended() });
  const { store } = await page(server, lastingStore(shelf));
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(store.link.phase.value).toBe("ended");
  expect(shelf.size).toBe(1);
  server.linked = linkTo({ id: "link-2", sessionId: "session-2" });
  server.token = "renewed";
  server.claimedBy = "";
  const rescanned = await page(server, lastingStore(shelf), "renewed");
  expect(rescanned.store.pending.earlier.value.length).toBe(1);
  await rescanned.store.addEarlier();
  await rested();
  expect(server.stored.length).toBe(1);
  expect(shelf.size).toBe(0);
});

test("a photo that can't go out although the server can be reached goes last, and then says so", async () => {
  const { store, server, clock } = await page();
  for (let time = 0; time < 5; time++) server.failures.push({ call: "add", problem: unreachable() });
  await store.take([photo("one"), photo("two")], "gallery");
  await store.sending.send();
  for (let time = 0; time < 8; time++) {
    await clock.pass(20_000);
    await rested();
  }
  expect(store.link.connected.value).toBe(true);
  expect(ids(server)).toContain("two ready");
  server.failures = [];
  store.sending.againAll();
  await rested();
  expect(ids(server).sort()).toEqual(["one ready", "two ready"]);
});

test("a chosen file that is no photo is refused at once, stored nowhere, and the others go on", async () => {
  const shelf = newShelf();
  const { store, server } = await page(new FakeServer(), lastingStore(shelf));
  const video = new Blob(["moving"], { type: "video/mp4" });
  await store.take([video, photo(""), photo("one")], "gallery");
  expect(shelf.size).toBe(1);
  expect(store.pending.images.value.map(({ refusal }) => refusal?.title)).toEqual([
    "Not a photo",
    "Empty file",
    undefined,
  ]);
  await store.sending.send();
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
});

test("a press on Send is remembered by a page that starts again, even where storage forgot it", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  const kept = { memory: memory() };
  const first = await page(server, lastingStore(shelf), "good", kept);
  server.failures.push({ call: "add", problem: unreachable() }, { call: "session", problem: unreachable() });
  await first.store.take([photo("one")], "camera");
  await rested();
  const before = [...shelf.values()].map(({ held, body }) => ({ held, body }));
  await first.store.sending.send();
  await rested();
  for (const record of before) shelf.set(record.held.key, record);
  await page(server, lastingStore(shelf), "", kept);
  await rested();
  expect(ids(server)).toEqual(["one ready"]);
});

test("the desktop learns how many photos are still here, and when each was taken", async () => {
  const { store, server, clock } = await page();
  await store.take([photo("one")], "camera");
  await store.take([photo("two")], "camera");
  await clock.pass(1_000);
  expect(server.waiting).toEqual([2]);
  await store.sending.send();
  await rested();
  await clock.pass(1_000);
  expect(server.waiting.at(-1)).toBe(0);
  expect(server.taken).toEqual(["2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.000Z"]);
});

test.each([
  ["two days behind", "2026-11-26T00:00:30Z", "2026-11-26T00:00:30.000Z"],
  ["ten years ahead", "2016-11-24T09:00:00Z", "2016-11-24T09:00:00.000Z"],
  ["a minute behind, as any may be", "2026-11-24T00:01:00Z", "2026-11-24T00:00:00.000Z"],
])("a photo taken by a phone whose clock is %s is dated by the server's", async (_wrong, date, dated) => {
  const server = new FakeServer();
  server.date = date;
  const { store } = await page(server);
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(server.taken).toEqual([dated]);
});

test("where the next photo is survives the tab, but never reaches another session", async () => {
  const kept = { memory: memory() };
  const first = await page(new FakeServer(), lastingStore(newShelf()), "good", kept);
  first.store.pending.setPlace({ bodySite: FOREARM });
  const again = await page(new FakeServer(), lastingStore(newShelf()), "", kept);
  expect(again.store.pending.place.value.bodySite).toEqual(FOREARM);
  const server = new FakeServer();
  server.linked = linkTo({ id: "link-2", sessionId: "session-2" });
  const other = await page(server, lastingStore(newShelf()), "", kept);
  expect(other.store.pending.place.value.bodySite).toBe(null);
});

test("a page that was closed behind the camera app says so at the next start", async () => {
  const kept = { memory: memory() };
  const first = await page(new FakeServer(), lastingStore(newShelf()), "good", kept);
  first.store.cameraMark.set();
  const again = await page(new FakeServer(), lastingStore(newShelf()), "", kept);
  expect(again.store.cameraMark.closedBehind.value).toBe(true);
  await again.store.take([photo("one")], "camera");
  expect(again.store.cameraMark.closedBehind.value).toBe(false);
  const later = await page(new FakeServer(), lastingStore(newShelf()), "", kept);
  expect(later.store.cameraMark.closedBehind.value).toBe(false);
});
