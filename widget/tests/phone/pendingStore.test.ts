// The vault on a cabinet in memory, with the browser's real cryptography: nothing readable is ever stored.
import { expect, test } from "vitest";
import type { Cabinet } from "../../src/phone/pending/idb";
import { createVault, type Held, type Locked } from "../../src/phone/pending/pendingStore";
import { photo } from "./fakes";

class MemoryCabinet implements Cabinet<Locked> {
  items = new Map<string, Locked>();
  bodies = new Map<string, unknown>();
  full = false;

  async all() {
    return [...this.items.values()];
  }
  async put(item: Locked, body: unknown) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    this.items.set(item.key, item);
    this.bodies.set(item.key, body);
  }
  async replace(item: Locked, body?: unknown) {
    if (this.full) throw new DOMException("full", "QuotaExceededError");
    if (!this.items.has(item.key)) return;
    this.items.set(item.key, item);
    if (body === null) this.bodies.delete(item.key);
    else if (body !== undefined) this.bodies.set(item.key, body);
  }
  async body(key: string) {
    return this.bodies.get(key);
  }
  async remove(keys: string[]) {
    for (const key of keys) {
      this.items.delete(key);
      this.bodies.delete(key);
    }
  }
}

const held = (key: string, at = 1): Held => ({
  key,
  at,
  sessionId: "session",
  patientTag: "tag",
  thumb: photo("a thumb"),
  facts: {
    place: { bodySite: { text: "planted words" }, laterality: null },
    hints: [],
    origin: "camera",
    stage: "raw",
    wanted: false,
    imageId: null,
  },
});

const vaultOn = (cabinet: Cabinet<Locked>) => createVault(Promise.resolve(cabinet));

test("a shot comes back in another page as it was, with what was said about it", async () => {
  const cabinet = new MemoryCabinet();
  expect(await vaultOn(cabinet).add(held("b", 2), photo("the picture"))).toBe("encrypted");
  await vaultOn(cabinet).add(held("a", 1), photo("another"));
  const vault = vaultOn(cabinet);
  const all = await vault.all();
  expect(all.map((each) => each.key)).toEqual(["a", "b"]);
  expect(all[1]?.facts).toEqual(held("b").facts);
  expect(await all[1]?.thumb?.text()).toBe("a thumb");
  const bytes = await vault.bytes("b");
  expect(await bytes?.text()).toBe("the picture");
  expect(bytes?.type).toBe("image/jpeg");
});

test("nothing that is stored can be read, and no key can be taken out", async () => {
  const cabinet = new MemoryCabinet();
  await vaultOn(cabinet).add(held("a"), photo("the picture"));
  const [item] = cabinet.items.values();
  const stored = [cabinet.bodies.get("a"), item?.facts, item?.thumb] as { sealed: ArrayBuffer }[];
  for (const { sealed } of stored) {
    const text = Buffer.from(sealed).toString("latin1");
    expect(text).not.toMatch(/picture|planted|thumb/);
  }
  expect(item?.lock.extractable).toBe(false);
});

test("each shot has a key of its own, so that bytes moved to another shot don't open", async () => {
  const cabinet = new MemoryCabinet();
  const vault = vaultOn(cabinet);
  await vault.add(held("a"), photo("one"));
  await vault.add(held("b"), photo("two"));
  cabinet.bodies.set("b", cabinet.bodies.get("a"));
  await expect(vault.bytes("b")).rejects.toThrow();
});

test("a full phone keeps the shot in the page's memory and says so", async () => {
  const cabinet = new MemoryCabinet();
  cabinet.full = true;
  const vault = vaultOn(cabinet);
  expect(await vault.add(held("a"), photo("one"))).toBe("memory");
  expect(await (await vault.bytes("a"))?.text()).toBe("one");
  expect((await vault.all()).map((each) => each.key)).toEqual(["a"]);
});

test("a phone that fills up while a shot is made ready loses neither the shot nor its place", async () => {
  const cabinet = new MemoryCabinet();
  const vault = vaultOn(cabinet);
  await vault.add(held("a"), photo("raw"));
  cabinet.full = true;
  expect(await vault.change(held("a"), photo("ready"))).toBe("memory");
  expect(await (await vault.bytes("a"))?.text()).toBe("ready");
  expect((await vault.all()).length).toBe(1);
});

test("what was removed is gone, key and bytes", async () => {
  const cabinet = new MemoryCabinet();
  const vault = vaultOn(cabinet);
  await vault.add(held("a"), photo("one"));
  await vault.remove(["a"]);
  expect([cabinet.items.size, cabinet.bodies.size]).toEqual([0, 0]);
  expect(await vault.bytes("a")).toBe(null);
});
