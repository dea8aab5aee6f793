// One phone, two tabs with the same link: what one has done, the other doesn't show as still to be done.
import { expect, test } from "vitest";
import { FOREARM, memory } from "../fakes";
import { FakeServer, lastingStore, linkTo, newShelf, page, photo, rested, unreachable } from "./fakes";

/** Two tabs of one phone, with one photo that neither has sent. */
async function twoTabs(server = new FakeServer()) {
  const shelf = newShelf();
  const shared = memory();
  const first = await page(server, lastingStore(shelf), "good", { shared });
  await first.store.take([photo("one")], "camera");
  await rested();
  const second = await page(server, lastingStore(shelf), "", { shared });
  expect(second.store.pending.unsent.value.length).toBe(1);
  return { first: first.store, second: second.store, server, shelf, shared };
}

test("what one tab sent is on the desktop for the other too", async () => {
  const { first, second, server } = await twoTabs();
  await first.sending.send();
  await rested();
  second.pending.forgetFinished();
  await second.wake();
  await rested();
  expect(second.pending.images.value).toEqual([]);
  expect(server.stored.map(({ id }) => id)).toEqual(["one ready"]);
});

test("Send in a tab that has heard nothing neither calls the photo lost nor sends it again", async () => {
  const { first, second, server } = await twoTabs();
  await first.sending.send();
  await rested();
  await second.sending.send();
  await rested();
  expect(second.pending.images.value).toEqual([]);
  expect(server.stored.length).toBe(1);
});

test("a page whose session has ended doesn't keep offering what a new code has sent", async () => {
  const { first, server, shelf, shared } = await twoTabs();
  server.linked = linkTo({ id: "link-2" });
  await first.wake();
  expect(first.link.phase.value).toBe("ended");
  expect(first.pending.kept.value.length).toBe(1);
  const renewed = await page(server, lastingStore(shelf), "", { shared });
  await renewed.store.sending.send();
  await rested();
  await first.wake();
  expect(first.pending.kept.value).toEqual([]);
});

test("an ended page counts only what is kept here and is on no desktop", async () => {
  const server = new FakeServer();
  const shelf = newShelf();
  server.failures.push({ call: "describe", problem: unreachable() });
  const { store } = await page(server, lastingStore(shelf));
  await store.pending.describe([], { bodySite: FOREARM });
  await store.take([photo("one")], "camera");
  await store.take([new Blob(["moving"], { type: "video/mp4" })], "gallery");
  await store.sending.send();
  await rested();
  expect(store.pending.images.value.map(({ stage }) => stage)).toContain("landed");
  server.linked = null;
  await store.wake();
  await rested();
  expect(store.link.phase.value).toBe("ended");
  expect(store.pending.kept.value).toEqual([]);
  expect(shelf.size).toBe(0);
});

test("a page closed before its press on Send is stored doesn't leave a photo that is called unsent", async () => {
  const shelf = newShelf();
  const shared = memory();
  const slow = lastingStore(shelf);
  const server = new FakeServer();
  server.failures.push({ call: "release", problem: unreachable(), carriedOut: true });
  const { store } = await page(server, slow, "good", { shared });
  await store.take([photo("one")], "camera");
  await rested();
  slow.change = () => new Promise(() => {});
  void store.sending.send();
  await rested();
  server.linked = linkTo({ id: "link-2", sessionId: "session-2" });
  server.token = "renewed";
  server.claimedBy = "";
  const later = await page(server, lastingStore(shelf), "renewed", { shared });
  expect(later.store.pending.earlier.value.map(({ facts }) => facts.wanted)).toEqual([true]);
});
