import { describe, expect, test, vi } from "vitest";
import { image, opened } from "./fakes";

const four = () => ["a", "bb", "ccc", "dddd"].map((id) => image(id));
const ids = (images: { id: string }[]) => images.map((each) => each.id);

describe("picking several pictures", () => {
  test("Ctrl adds one and takes it away again", async () => {
    const { store } = await opened(four());
    const { pictures } = store;
    pictures.select("a");
    pictures.toggle("ccc");
    expect(ids(pictures.picked.value)).toEqual(["a", "ccc"]);
    pictures.toggle("ccc");
    expect(ids(pictures.picked.value)).toEqual(["a"]);
  });

  test("Shift picks the range from where it began, and shrinks it again", async () => {
    const { store } = await opened(four());
    const { pictures } = store;
    pictures.select("bb");
    pictures.move(1, true);
    pictures.move(1, true);
    expect(ids(pictures.picked.value)).toEqual(["bb", "ccc", "dddd"]);
    pictures.move(-1, true);
    expect(ids(pictures.picked.value)).toEqual(["bb", "ccc"]);
  });

  test("a plain click means that one alone", async () => {
    const { store } = await opened(four());
    store.pictures.pickAll();
    store.pictures.select("ccc");
    expect(ids(store.pictures.picked.value)).toEqual(["ccc"]);
  });

  test("what is picked is removed together and undone together", async () => {
    const { store } = await opened(four());
    const { pictures, notices } = store;
    pictures.select("bb");
    pictures.toggle("ccc");
    pictures.removePicked();
    expect(ids(pictures.all.value)).toEqual(["a", "dddd"]);
    expect(notices.list.value.at(-1)?.text).toBe("2 pictures removed.");
    notices.list.value.at(-1)?.action?.run();
    expect(ids(pictures.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
  });

  test("several removals are undone one after the other, the last first", async () => {
    const { store } = await opened(four());
    const { pictures } = store;
    pictures.remove("a");
    pictures.remove("bb");
    expect(pictures.undoRemoval()).toBe(true);
    expect(ids(pictures.all.value)).toEqual(["bb", "ccc", "dddd"]);
    expect(pictures.undoRemoval()).toBe(true);
    expect(pictures.undoRemoval()).toBe(false);
    expect(ids(pictures.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
  });

  test("what was handed over stays when all are removed, and it says so", async () => {
    const { store } = await opened([image("a", { state: "committed" }), image("bb")]);
    store.pictures.pickAll();
    store.pictures.removePicked();
    expect(ids(store.pictures.all.value)).toEqual(["a"]);
    expect(store.notices.list.value[0]?.text).toMatch(/can't be removed/);
  });
});

describe("putting pictures in order", () => {
  test("one step earlier or later, and no further than the ends", async () => {
    const { store, gateway } = await opened(four());
    const { pictures } = store;
    pictures.select("ccc");
    pictures.shift(-1);
    expect(ids(pictures.all.value)).toEqual(["a", "ccc", "bb", "dddd"]);
    pictures.shift(1);
    pictures.shift(1);
    pictures.shift(1);
    expect(ids(pictures.all.value)).toEqual(["a", "bb", "dddd", "ccc"]);
    expect(gateway.calls.at(-1)).toBe("arrange a,bb,dddd,ccc");
  });

  test("several move together", async () => {
    const { store } = await opened(four());
    const { pictures } = store;
    pictures.select("a");
    pictures.toggle("bb");
    pictures.shift(1);
    expect(ids(pictures.all.value)).toEqual(["ccc", "a", "bb", "dddd"]);
  });

  test("dropped before another, or at the end", async () => {
    const { store, gateway } = await opened(four());
    const { pictures } = store;
    pictures.place(["dddd"], "a");
    expect(ids(pictures.all.value)).toEqual(["dddd", "a", "bb", "ccc"]);
    pictures.place(["dddd"], null);
    expect(ids(pictures.all.value)).toEqual(["a", "bb", "ccc", "dddd"]);
    gateway.calls = [];
    pictures.place(["bb"], "ccc");
    expect(gateway.calls).toEqual([]);
  });

  test("is the order in which they are filed", async () => {
    const { store, gateway } = await opened(
      ["a", "bb"].map((id) => image(id, { bodySite: { text: "Hand" } })),
    );
    store.pictures.place(["bb"], "a");
    await store.filing.review();
    await store.filing.confirm();
    expect(gateway.calls).toContain("file bb,a");
  });

  test("files that overtook each other stand as they were chosen", async () => {
    const { store } = await opened([image("first"), image("b"), image("x"), image("a")]);
    await store.pictures.sortAmong(["a", "b"]);
    const row = ids(store.pictures.all.value);
    expect(row.indexOf("a")).toBeLessThan(row.indexOf("b"));
    expect(row.indexOf("x")).toBe(ids([image("a"), image("b"), image("x")]).indexOf("x"));
  });

  test("that the server did not take is taken back and said", async () => {
    const { store, gateway } = await opened(four());
    const { unreachable } = await import("../src/api/problem");
    gateway.failures.set("arrange", unreachable());
    store.pictures.place(["dddd"], "a");
    await vi.waitFor(() => expect(ids(store.pictures.all.value)).toEqual(["a", "bb", "ccc", "dddd"]));
    expect(store.notices.list.value[0]?.text).toMatch(/order was not kept/);
  });
});
