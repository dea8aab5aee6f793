// An original follows its small copy, and is never an unsent photo.
import { expect, test } from "vitest";
import { ApiProblem } from "../../src/api/problem";
import { FakeServer, lastingStore, newShelf, page, photo, rested, unreachable } from "./fakes";

const large = (name: string) => photo(name + " ".repeat(200));

test("the original follows its small copy once everything else has gone out", async () => {
  const shelf = newShelf();
  const { store, server } = await page(new FakeServer(), lastingStore(shelf));
  await store.take([large("one"), photo("two")], "gallery");
  await store.sending.send();
  await rested();
  const sent = server.calls.filter((call) => /^(add|original)/.test(call)).map((call) => call.split(" ")[0]);
  expect(sent).toEqual(["add", "add", "original"]);
  expect(store.done.value).toBe(true);
  expect(store.pending.images.value).toEqual([]);
  expect(shelf.size).toBe(0);
});

test("an original that the server can't take any more costs nothing", async () => {
  const { store, server } = await page();
  server.failures.push({
    call: "original",
    problem: new ApiProblem(409, { type: "/problems/picture-locked" }),
  });
  await store.take([large("one")], "gallery");
  await store.sending.send();
  await rested();
  expect(store.pending.images.value).toEqual([]);
  expect(server.stored.length).toBe(1);
});

test("an original that waits for the network is no unsent photo, and goes when the link is cut", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  server.failures.push({ call: "original", problem: unreachable() });
  const { store } = await page(server, lastingStore(shelf));
  await store.take([large("one")], "gallery");
  await store.sending.send();
  await rested();
  expect(store.done.value).toBe(true);
  expect(store.here.value).toBe(0);
  expect(await store.pending.owners()).toEqual([]);
  server.linked = null;
  await store.wake();
  await rested();
  expect(store.link.phase.value).toBe("ended");
  expect(shelf.size).toBe(0);
});

test("where data is to be saved, the small copy has to do", async () => {
  const { store, server } = await page(new FakeServer(), lastingStore(newShelf()), "good", {
    savesData: true,
  });
  await store.take([large("one")], "gallery");
  await store.sending.send();
  await rested();
  expect(server.calls.some((call) => call.startsWith("original"))).toBe(false);
  expect(store.pending.images.value).toEqual([]);
});
