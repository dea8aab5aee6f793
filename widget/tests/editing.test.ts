// Opening the editor, saving a copy, and the camera's shots on their way into the session.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { problemOf } from "../src/desktop/webcam/webcam";
import { image, memory, opened, settled } from "./fakes";

test("a saved copy is a new photo, is selected, and the original stays", async () => {
  const { store, gateway } = await opened([image("a")]);
  await store.editor.open(store.images.selected.value);
  expect(await store.editor.source.value?.text()).toBe("whole");
  await store.editor.save(new Blob(["edited"]));
  expect(gateway.calls).toContain("addEdit a edited");
  expect(store.images.all.value.map((one) => one.id)).toEqual(["a", "a-edited"]);
  expect(store.images.selected.value?.derivedFrom).toBe("a");
  expect(store.editor.image.value).toBeNull();
});

test("a copy that could not be saved leaves the editor open with the reason, and nothing is lost", async () => {
  const { store, gateway } = await opened([image("a")]);
  await store.editor.open(store.images.selected.value);
  gateway.failures.set("addEdit", unreachable());
  await store.editor.save(new Blob(["edited"]));
  expect(store.editor.image.value?.id).toBe("a");
  expect(store.editor.problem.value?.text).toMatch(/^It isn't known whether the copy was saved/);
  gateway.failures.set("addEdit", new ApiProblem(503, { detail: "Busy for a moment." }));
  await store.editor.save(new Blob(["edited"]));
  expect(store.editor.problem.value?.text).toBe("The copy was not saved. Busy for a moment.");
  await store.editor.save(new Blob(["edited"]));
  expect(store.editor.image.value).toBeNull();
});

test("what is being filed can't be edited, and a full session has no room for a copy", async () => {
  const { store, gateway } = await opened([image("a", { state: "queued" })]);
  await store.editor.open(store.images.selected.value);
  expect(store.editor.image.value).toBeNull();
  const full = await opened(["a", "bb", "ccc", "dddd", "eeeee"].map((id) => image(id)));
  await full.store.editor.open(full.store.images.selected.value);
  expect(full.store.editor.image.value).toBeNull();
  expect(full.store.notices.list.value[0]?.text).toContain("full");
  expect(gateway.calls).toEqual([]);
});

test("a PDF isn't opened, and the reason is said with what to do instead", async () => {
  const { store, gateway } = await opened([image("a", { contentType: "application/pdf" })]);
  await store.editor.open(store.images.selected.value);
  expect(store.editor.image.value).toBeNull();
  expect(store.notices.list.value[0]?.text).toMatch(/A PDF can't be edited.*Add the page as a photo/);
  expect(gateway.calls).toEqual([]);
});

test("a photo that can't be fetched closes the editor with a word", async () => {
  const { store, gateway } = await opened([image("a")]);
  gateway.failures.set("content", new ApiProblem(410, { detail: "Gone." }));
  await store.editor.open(store.images.selected.value);
  expect(store.editor.image.value).toBeNull();
  expect(store.notices.list.value[0]?.text).toContain("Gone.");
});

test("bytes that come for an opening that was closed don't change the image that was opened again since", async () => {
  const { store, gateway } = await opened([image("a")]);
  const come: ((bytes: Blob) => void)[] = [];
  gateway.content = () => new Promise((resolve) => come.push(resolve));
  const wanted = store.images.selected.value;
  const first = store.editor.open(wanted);
  store.editor.failed(() => {});
  const second = store.editor.open(wanted);
  come[0]?.(new Blob(["first"]));
  await first;
  expect(store.editor.source.value).toBeNull();
  come[1]?.(new Blob(["second"]));
  await second;
  expect(await store.editor.source.value?.text()).toBe("second");
  expect(store.editor.image.value?.id).toBe("a");
});

test("a lost connection is said once, the photo or the editor", async () => {
  const { store, gateway } = await opened([image("a")]);
  gateway.failures.set("content", unreachable());
  await store.editor.open(store.images.selected.value);
  store.editor.failed(() => {});
  expect(store.notices.list.value).toHaveLength(1);
});

test("a kept shot goes into the session, one taken again does not", async () => {
  const { store } = await opened();
  store.webcam.show();
  store.webcam.took(new Blob(["first"]));
  store.webcam.retake();
  store.webcam.took(new Blob(["second"]));
  store.webcam.keep(false);
  for (let turn = 0; turn < 10; turn++) await settled();
  expect(store.images.all.value.map((one) => one.id)).toEqual(["second"]);
  expect(store.webcam.open.value).toBe(false);
});

test("after keeping one the camera stays on for the next, and the chosen camera is remembered", async () => {
  const kept = memory();
  const { store } = await opened([], memory(), undefined, kept);
  store.webcam.show();
  store.webcam.choose("camera-2");
  store.webcam.took(new Blob(["one"]));
  store.webcam.keep(true);
  expect(store.webcam.open.value).toBe(true);
  expect((await opened([], memory(), undefined, kept)).store.webcam.device.value).toBe("camera-2");
});

test.each(["NotAllowedError", "NotFoundError", "NotReadableError", "Insecure", "Other"])(
  "%s is said in words with a next step",
  (name) => {
    const { title, next } = problemOf(name);
    expect(title).toMatch(/camera/i);
    expect(next.length).toBeGreaterThan(30);
  },
);
