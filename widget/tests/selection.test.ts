import { describe, expect, test, vi } from "vitest";
import { image, opened, settled } from "./fakes";

const four = () => ["a", "bb", "ccc", "dddd"].map((id) => image(id));
const ids = (images: { id: string }[]) => images.map((each) => each.id);

describe("picking several photos", () => {
  test("Ctrl adds one and takes it away again", async () => {
    const { store } = await opened(four());
    const { images } = store;
    images.select("a");
    images.toggle("ccc");
    expect(ids(images.picked.value)).toEqual(["a", "ccc"]);
    images.toggle("ccc");
    expect(ids(images.picked.value)).toEqual(["a"]);
  });

  test("Shift picks the range from where it began, and shrinks it again", async () => {
    const { store } = await opened(four());
    const { images } = store;
    images.select("bb");
    images.move(1, true);
    images.move(1, true);
    expect(ids(images.picked.value)).toEqual(["bb", "ccc", "dddd"]);
    images.move(-1, true);
    expect(ids(images.picked.value)).toEqual(["bb", "ccc"]);
  });

  test("a plain click means that one alone", async () => {
    const { store } = await opened(four());
    store.images.pickAll();
    store.images.select("ccc");
    expect(ids(store.images.picked.value)).toEqual(["ccc"]);
  });

  test("what is picked is removed together and undone together", async () => {
    const { store } = await opened(four());
    const { images, notices } = store;
    images.select("bb");
    images.toggle("ccc");
    images.removePicked();
    expect(ids(images.all.value)).toEqual(["a", "dddd"]);
    expect(notices.list.value.at(-1)?.text).toBe("2 photos removed.");
    notices.list.value.at(-1)?.action?.run();
    expect(ids(images.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
  });

  test("several removals are undone one after the other, the last first", async () => {
    const { store } = await opened(four());
    const { images } = store;
    images.remove("a");
    images.remove("bb");
    expect(store.undo.undo()).toBe(true);
    expect(ids(images.all.value)).toEqual(["bb", "ccc", "dddd"]);
    expect(store.undo.undo()).toBe(true);
    expect(store.undo.undo()).toBe(false);
    expect(ids(images.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
  });

  test("what was handed over stays when all are removed, and it says so", async () => {
    const { store } = await opened([image("a", { state: "committed" }), image("bb")]);
    store.images.pickAll();
    store.images.removePicked();
    expect(ids(store.images.all.value)).toEqual(["a"]);
    expect(store.notices.list.value[0]?.text).toMatch(/can't be removed/);
  });
});

describe("putting photos in order", () => {
  test("one step earlier or later, and no further than the ends", async () => {
    const { store, gateway } = await opened(four());
    const { images } = store;
    images.select("ccc");
    images.shift(-1);
    expect(ids(images.all.value)).toEqual(["a", "ccc", "bb", "dddd"]);
    images.shift(1);
    images.shift(1);
    images.shift(1);
    expect(ids(images.all.value)).toEqual(["a", "bb", "dddd", "ccc"]);
    expect(gateway.calls.at(-1)).toBe("arrange a,bb,dddd,ccc");
  });

  test("several move together", async () => {
    const { store } = await opened(four());
    const { images } = store;
    images.select("a");
    images.toggle("bb");
    images.shift(1);
    expect(ids(images.all.value)).toEqual(["ccc", "a", "bb", "dddd"]);
  });

  test("dropped before another, or at the end", async () => {
    const { store, gateway } = await opened(four());
    const { images } = store;
    images.place(["dddd"], "a");
    expect(ids(images.all.value)).toEqual(["dddd", "a", "bb", "ccc"]);
    images.place(["dddd"], null);
    expect(ids(images.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
    gateway.calls = [];
    images.place(["bb"], "ccc");
    expect(gateway.calls).toEqual([]);
  });

  test("is the order in which they are filed", async () => {
    const { store, gateway } = await opened(
      ["a", "bb"].map((id) => image(id, { bodySite: { text: "Hand" } })),
    );
    store.images.place(["bb"], "a");
    await store.filing.review();
    await store.filing.confirm();
    expect(gateway.calls).toContain("file bb,a");
  });

  test("files that overtook each other keep the order in which they were chosen", async () => {
    const { store } = await opened([image("first"), image("b"), image("x"), image("a")]);
    await store.images.sortAmong(["a", "b"]);
    const row = ids(store.images.all.value);
    expect(row.indexOf("a")).toBeLessThan(row.indexOf("b"));
    expect(row.indexOf("x")).toBe(ids([image("a"), image("b"), image("x")]).indexOf("x"));
  });

  test("that the server did not take is taken back and said", async () => {
    const { store, gateway } = await opened(four());
    const { unreachable } = await import("../src/api/problem");
    gateway.failures.set("arrange", unreachable());
    store.images.place(["dddd"], "a");
    await vi.waitFor(() => expect(ids(store.images.all.value)).toEqual(["a", "bb", "ccc", "dddd"]));
    await vi.waitFor(() => expect(store.notices.list.value[0]?.text).toMatch(/order was not kept/));
  });

  test("is not called lost where only the answer was", async () => {
    const { store, gateway } = await opened(four());
    const { unreachable } = await import("../src/api/problem");
    const arrange = gateway.arrange;
    gateway.arrange = async (imageIds) => {
      await arrange.call(gateway, imageIds);
      throw unreachable();
    };
    store.images.place(["dddd"], "a");
    await vi.waitFor(() => expect(store.session.connected.value).toBe(true));
    for (let turn = 0; turn < 20; turn += 1) await settled();
    expect(ids(store.images.all.value)).toEqual(["dddd", "a", "bb", "ccc"]);
    expect(store.notices.list.value).toEqual([]);
  });
});
