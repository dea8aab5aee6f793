// The store on a cabinet in memory, with the browser's real cryptography: nothing readable is ever stored.
import { expect, test } from "vitest";
import type { Idb } from "../../src/phone/pending/storage/idb";
import {
  createPendingStore,
  type EncryptedImage,
  type StoredImage,
  UnreadableFile,
} from "../../src/phone/pending/storage/pendingStore";
import { photo } from "./fakes";

class MemoryCabinet implements Idb<EncryptedImage> {
  opened = Promise.resolve();
  items = new Map<string, EncryptedImage>();
  bodies = new Map<string, unknown>();
  full = false;
  /** As iOS ends its database: every call fails until it is opened again. */
  lost = false;
  private emptied = () => {};

  onEmptied(act: () => void) {
    this.emptied = act;
  }

  /** As the browser's "Clear site data" does; the next call finds it out. */
  clear() {
    this.items.clear();
    this.bodies.clear();
    this.emptied();
  }

  private there() {
    if (this.lost) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
  }
  async all() {
    this.there();
    return [...this.items.values()];
  }
  async put(item: EncryptedImage, body: unknown) {
    this.there();
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.items.set(item.key, item);
    this.bodies.set(item.key, body);
  }
  async replace(item: EncryptedImage, body?: unknown, original?: unknown) {
    this.there();
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    if (!this.items.has(item.key)) return;
    this.items.set(item.key, item);
    if (body === null) this.bodies.delete(item.key);
    else if (body !== undefined) this.bodies.set(item.key, body);
    if (original) this.bodies.set(`${item.key} original`, original);
  }
  async body(key: string) {
    this.there();
    return this.bodies.get(key);
  }
  async original(key: string) {
    return this.bodies.get(`${key} original`);
  }
  async remove(keys: string[]) {
    for (const key of keys) {
      this.items.delete(key);
      this.bodies.delete(key);
      this.bodies.delete(`${key} original`);
    }
  }
}

const held = (key: string, at = 1): StoredImage => ({
  key,
  at,
  sessionId: "session",
  patientTag: "tag",
  thumb: photo("a thumb"),
  facts: {
    place: { bodySite: { text: "planted words" }, laterality: null },
    view: null,
    hints: [],
    origin: "camera",
    takenAt: null,
    stage: "raw",
    wanted: false,
    imageId: null,
  },
});

const vaultOn = createPendingStore;

test("a shot comes back in another page as it was, with what was said about it", async () => {
  const idb = new MemoryCabinet();
  expect(await vaultOn(idb).add(held("b", 2), photo("the photo"))).toBe("encrypted");
  await vaultOn(idb).add(held("a", 1), photo("another"));
  const pendingStore = vaultOn(idb);
  const { images: all } = await pendingStore.all();
  expect(all.map((each) => each.key)).toEqual(["a", "b"]);
  expect(all[1]?.facts).toEqual(held("b").facts);
  expect(await all[1]?.thumb?.text()).toBe("a thumb");
  const bytes = await pendingStore.bytes("b");
  expect(await bytes?.text()).toBe("the photo");
  expect(bytes?.type).toBe("image/jpeg");
});

test("nothing that is stored can be read, and no key can be taken out", async () => {
  const idb = new MemoryCabinet();
  await vaultOn(idb).add(held("a"), photo("the photo"));
  const [item] = idb.items.values();
  const stored = [idb.bodies.get("a"), item?.facts, item?.thumb] as { encrypted: ArrayBuffer }[];
  for (const { encrypted } of stored) {
    const text = Buffer.from(encrypted).toString("latin1");
    expect(text).not.toMatch(/image|planted|thumb/);
  }
  expect(item?.lock.extractable).toBe(false);
});

test("each shot has a key of its own, so that bytes moved to another shot don't open", async () => {
  const idb = new MemoryCabinet();
  await vaultOn(idb).add(held("a"), photo("one"));
  await vaultOn(idb).add(held("b"), photo("two"));
  idb.bodies.set("b", idb.bodies.get("a"));
  const pendingStore = vaultOn(idb);
  await pendingStore.all();
  await expect(pendingStore.bytes("b")).rejects.toThrow();
});

test("a full phone keeps the shot in the page's memory and says so", async () => {
  const idb = new MemoryCabinet();
  idb.full = true;
  const pendingStore = vaultOn(idb);
  expect(await pendingStore.add(held("a"), photo("one"))).toBe("memory");
  expect(await (await pendingStore.bytes("a"))?.text()).toBe("one");
  expect((await pendingStore.all()).images.map((each) => each.key)).toEqual(["a"]);
});

test("a phone that fills up while a shot is made ready loses neither the shot nor its place", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("raw"));
  idb.full = true;
  expect(await pendingStore.change(held("a"), photo("ready"))).toBe("memory");
  expect(await (await pendingStore.bytes("a"))?.text()).toBe("ready");
  expect((await pendingStore.all()).images.length).toBe(1);
});

test("what was removed is gone, key and bytes", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("one"));
  await pendingStore.remove(["a"]);
  expect([idb.items.size, idb.bodies.size]).toEqual([0, 0]);
  expect(await pendingStore.bytes("a")).toBe(null);
});

test("a database that is lost under the page costs nothing: bytes, facts and new shots stay readable", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("one"));
  idb.lost = true;
  expect(await (await pendingStore.bytes("a"))?.text()).toBe("one");
  expect(await pendingStore.change(held("a"), photo("ready"))).toBe("memory");
  expect(await pendingStore.add(held("b", 2), photo("two"))).toBe("memory");
  expect(await (await pendingStore.bytes("a"))?.text()).toBe("ready");
  expect(pendingStore.risky()).toBe(true);
  expect(await pendingStore.all()).toMatchObject({ complete: false });
  idb.lost = false;
  await pendingStore.settle();
  expect(pendingStore.risky()).toBe(false);
  const again = vaultOn(idb);
  expect((await again.all()).images.map(({ key }) => key)).toEqual(["a", "b"]);
  expect(await (await again.bytes("a"))?.text()).toBe("ready");
  expect(await (await again.bytes("b"))?.text()).toBe("two");
});

test("a record that can't be read is counted and never deleted", async () => {
  const idb = new MemoryCabinet();
  await vaultOn(idb).add(held("a"), photo("one"));
  await vaultOn(idb).add(held("b"), photo("two"));
  const item = idb.items.get("a") as EncryptedImage;
  idb.items.set("a", { ...item, facts: { ...item.facts, encrypted: new ArrayBuffer(40) } });
  const { images, unreadable } = await vaultOn(idb).all();
  expect(images.map(({ key }) => key)).toEqual(["b"]);
  expect(unreadable).toMatchObject([{ key: "a", patientTag: "tag" }]);
  expect(idb.items.size).toBe(2);
});

test("a lost thumbnail is no lost photo", async () => {
  const idb = new MemoryCabinet();
  await vaultOn(idb).add(held("a"), photo("one"));
  const item = idb.items.get("a") as EncryptedImage;
  const thumb = { ...(item.thumb as NonNullable<EncryptedImage["thumb"]>), encrypted: new ArrayBuffer(40) };
  idb.items.set("a", { ...item, thumb });
  expect((await vaultOn(idb).all()).images).toMatchObject([{ key: "a", thumb: null }]);
});

test("a file that can't be read, or is empty, is refused and stored nowhere", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  const gone = photo("in the cloud");
  gone.arrayBuffer = () => Promise.reject(new DOMException("", "NotReadableError"));
  await expect(pendingStore.add(held("a"), gone)).rejects.toThrow(UnreadableFile);
  await expect(pendingStore.add(held("b"), photo(""))).rejects.toThrow(UnreadableFile);
  expect(idb.items.size).toBe(0);
  expect(pendingStore.risky()).toBe(false);
});

test("what was removed while storage was lost is not stored when it is back", async () => {
  const idb = new MemoryCabinet();
  idb.full = true;
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("one"));
  await pendingStore.remove(["a"]);
  idb.full = false;
  await pendingStore.settle();
  expect(idb.items.size).toBe(0);
});

test("what a page has stored it still has after the browser has emptied its database, and stores it again", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("as it was taken"));
  const wanted = { ...held("a"), facts: { ...held("a").facts, wanted: true } };
  await pendingStore.change(wanted, photo("the photo"));
  idb.clear();
  expect(pendingStore.risky()).toBe(true);
  expect(await (await pendingStore.bytes("a"))?.text()).toBe("the photo");
  expect((await pendingStore.all()).images).toEqual([wanted]);
  await pendingStore.settle();
  expect(pendingStore.risky()).toBe(false);
  const [later] = (await vaultOn(idb).all()).images;
  expect(later?.facts.wanted).toBe(true);
});

test("what another page removed does not come back when the browser empties its database", async () => {
  const idb = new MemoryCabinet();
  const pendingStore = vaultOn(idb);
  await pendingStore.add(held("a"), photo("the photo"));
  await pendingStore.remove(["a"]);
  idb.clear();
  expect((await pendingStore.all()).images).toEqual([]);
});
