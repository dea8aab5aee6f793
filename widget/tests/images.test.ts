// Images coming in, being chosen, and being taken away.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { FakeGateway, FOREARM, image, memory, opened, settled } from "./fakes";

const files = (...names: string[]) =>
  names.map((name) => new File([name], `${name}.jpg`, { type: "image/jpeg" }));
const idle = async () => {
  for (let turn = 0; turn < 20; turn++) await settled();
};

test("at most three files are on their way at a time", async () => {
  const { store, gateway } = await opened();
  store.uploads.add(files("a", "bb", "ccc", "dddd", "eeeee"), true);
  await idle();
  expect(gateway.mostAtOnce).toBe(3);
  expect(store.images.all.value).toHaveLength(5);
  expect(store.uploads.list.value).toHaveLength(0);
});

test("the same bytes again are one photo, and a quiet word says which", async () => {
  const { store } = await opened([image("a"), image("bb")]);
  store.uploads.add(files("bb"), true);
  await idle();
  expect(store.images.all.value).toHaveLength(2);
  expect(store.notices.list.value[0]).toMatchObject({
    tone: "quiet",
    text: "That photo is already here: photo 2.",
  });
});

test("a refused file stays visible with the server's sentence until it is dismissed", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set(
    "addImage",
    new ApiProblem(415, { title: "Not a photo", detail: "Export it as JPEG." }),
  );
  store.uploads.add(files("a"), true);
  await idle();
  const [refused] = store.uploads.refused.value;
  expect(refused?.problem?.detail).toBe("Export it as JPEG.");
  store.uploads.dismiss(refused?.key ?? 0);
  expect(store.uploads.list.value).toHaveLength(0);
});

test("a file that met a lost connection comes in with the connection", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("addImage", unreachable());
  gateway.failures.set("images", unreachable());
  store.uploads.add(files("a"), true);
  await idle();
  expect(store.uploads.refused.value).toHaveLength(1);
  store.session.connected.value = true;
  await idle();
  expect(store.images.all.value.map((image) => image.id)).toEqual(["a"]);
});

test("a file that itself breaks the connection is sent twice, then when it is asked for", async () => {
  const { store, gateway } = await opened();
  const add = gateway.addImage;
  let sent = 0;
  gateway.addImage = async () => {
    sent += 1;
    throw unreachable();
  };
  store.uploads.add(files("a"), true);
  await idle();
  store.session.connected.value = true;
  await idle();
  expect(sent).toBe(2);
  gateway.addImage = add;
  store.uploads.retry(store.uploads.refused.value[0]?.key ?? 0);
  await idle();
  expect(store.images.all.value.map((image) => image.id)).toEqual(["a"]);
});

test("a file that the browser can't read any more is said to be that, not the network", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("addImage", unreachable());
  const gone = new File(["a"], "gone.jpg");
  gone.arrayBuffer = () => Promise.reject(new DOMException("", "NotReadableError"));
  store.uploads.add([gone], true);
  await idle();
  expect(store.uploads.refused.value[0]?.problem?.title).toBe("Photo can't be read");
});

test("a file beyond the size limit is not sent at all", async () => {
  const { store, gateway } = await opened();
  store.uploads.add([new File(["x".repeat(1001)], "big.jpg")], true);
  await idle();
  expect(gateway.calls).not.toContain("addImage");
  expect(store.uploads.refused.value[0]?.problem?.status).toBe(413);
});

test("files beyond the session's limit stay out with a word", async () => {
  const { store } = await opened([image("a"), image("bb"), image("ccc"), image("dddd")]);
  store.uploads.add(files("eeeee", "ffffff"), true);
  await idle();
  expect(store.images.all.value).toHaveLength(5);
  expect(store.notices.list.value[0]?.text).toContain("1 photo wasn't added: 5 photos at a time");
});

test("what stayed out is offered once there is room for all of it, and added if wished", async () => {
  const { store } = await opened([image("a"), image("bb"), image("ccc"), image("dddd")]);
  const said = () => store.notices.list.value.filter(({ tone }) => tone === "bad").map(({ text }) => text);
  store.uploads.add(files("eeeee", "ffffff", "ggggggg"), true);
  await idle();
  expect(said()).toEqual([expect.stringContaining("2 photos weren't added: 5 photos at a time")]);
  store.images.remove("a");
  expect(said()).toEqual([expect.stringContaining("2 photos weren't added: 5 photos at a time")]);
  store.images.remove("bb");
  expect(said()).toEqual(["2 photos weren't added before. There is room now."]);
  store.notices.list.value.findLast(({ tone }) => tone === "bad")?.action?.run();
  await idle();
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["ccc", "dddd", "eeeee", "ffffff", "ggggggg"]);
  expect(said()).toEqual([]);
});

test("what stayed out is not forgotten when something else is added, nor counted twice when it comes again", async () => {
  const { store } = await opened([image("a"), image("bb"), image("ccc"), image("dddd")]);
  const said = () => store.notices.list.value.filter(({ tone }) => tone === "bad").map(({ text }) => text);
  store.uploads.add(files("eeeee", "ffffff"), true);
  await idle();
  store.uploads.add(files("ggggggg"), true);
  expect(said()).toEqual([expect.stringContaining("2 photos weren't added: 5 photos at a time")]);
  store.uploads.add(files("ffffff", "ggggggg"), true);
  expect(said()).toEqual([expect.stringContaining("2 photos weren't added: 5 photos at a time")]);
  store.images.remove("a");
  store.images.remove("bb");
  store.uploads.add(files("ffffff", "ggggggg"), true);
  await idle();
  expect(said()).toEqual([]);
});

test("a new photo is selected only when nobody is typing", async () => {
  const { store } = await opened([image("a")]);
  store.uploads.add(files("bb"), false);
  await idle();
  expect(store.images.selected.value?.id).toBe("a");
  store.uploads.add(files("ccc"), true);
  await idle();
  expect(store.images.selected.value?.id).toBe("ccc");
});

test("our own upload announced by an event does not show twice", async () => {
  const { store, hear } = await opened();
  store.uploads.add(files("a"), true);
  hear("image.added", image("a"));
  expect(store.images.all.value).toHaveLength(1);
  await idle();
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["a"]);
});

test("what is said of a photo while it is on its way goes out once it has arrived", async () => {
  const { store, gateway } = await opened();
  store.uploads.add(files("a", "bb"), true);
  store.details.setSite(FOREARM);
  store.details.change({ label: "Mole 1" }, true);
  expect(gateway.calls.filter((call) => call.startsWith("describe"))).toEqual([]);
  await idle();
  await store.details.saveAll();
  expect(store.images.picked.value.map(({ id, label }) => `${id} ${label}`)).toEqual([
    "a Mole 1",
    "bb Mole 1",
  ]);
});

test("photos keep the order in which they were chosen, however they overtake each other", async () => {
  const { store } = await opened([image("z")]);
  store.uploads.add(files("ccc", "a", "bb"), true);
  const order = () => store.images.all.value.length;
  expect(order()).toBe(4);
  await idle();
  expect(store.images.all.value.map(({ id }) => id)).toEqual(["z", "ccc", "a", "bb"]);
});

test("a removed photo goes from the server only after the moment to undo", async () => {
  const { store, gateway, clock } = await opened([image("a"), image("bb")]);
  store.images.remove("a");
  expect(store.images.all.value.map((image) => image.id)).toEqual(["bb"]);
  expect(store.images.selected.value?.id).toBe("bb");
  expect(gateway.calls).toEqual([]);
  await clock.pass(10_000);
  expect(gateway.calls).toEqual(["removeImage a"]);
});

test("undo brings a removed photo back", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  store.images.remove("a");
  store.notices.list.value[0]?.action?.run();
  await clock.pass(10_000);
  expect(store.images.all.value).toHaveLength(1);
  expect(gateway.calls).toEqual([]);
});

test("a removed photo is not offered for filing", async () => {
  const { store } = await opened([image("a")]);
  store.images.remove("a");
  expect(store.images.staged.value).toEqual([]);
});

test("a photo that is being filed can't be removed", async () => {
  const { store } = await opened([image("a", { state: "queued" })]);
  store.images.remove("a");
  expect(store.images.all.value).toHaveLength(1);
});

test("an event about a photo that has gone is ignored", async () => {
  const { store, hear } = await opened([image("a")]);
  hear("image.updated", { id: "zz" });
  expect(store.images.all.value.map((image) => image.id)).toEqual(["a"]);
});

test("the small picture of a photo that the server had lost is there once it has been stored again", async () => {
  const gateway = new FakeGateway();
  gateway.thumb = () => Promise.reject(new ApiProblem(410, { type: "/problems/picture-missing" }));
  const { store, hear } = await opened([image("a"), image("bb")], memory(), gateway);
  await idle();
  expect(store.thumbs.addresses.value.get("a")).toBeNull();
  gateway.thumb = async () => new Blob(["thumb"]);
  hear("image.updated", image("a"));
  await idle();
  expect(store.thumbs.addresses.value.get("a")).toBeTruthy();
  expect(store.thumbs.addresses.value.get("bb")).toBeNull();
});

test("what was said of a photo on its way in goes along when it is sent again", async () => {
  const { store, gateway } = await opened();
  const lost = gateway.addImage;
  // The server took it; only its answer was lost.
  gateway.addImage = async (file, onProgress) => {
    await lost.call(gateway, file, onProgress);
    gateway.addImage = lost;
    throw unreachable();
  };
  store.uploads.add(files("a"), true);
  store.details.change({ bodySite: FOREARM, sensitive: true });
  await idle();
  const [found] = store.images.all.value;
  expect(found && store.details.described(found)).toMatchObject({
    id: "a",
    bodySite: FOREARM,
    sensitive: true,
  });
  expect(store.notices.list.value).toEqual([]);
});

test("a photo that is dismissed takes what was said of it along", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("addImage", new ApiProblem(415, { title: "Not a photo" }));
  store.uploads.add(files("a"), true);
  store.details.change({ bodySite: FOREARM });
  await idle();
  store.uploads.dismiss(store.uploads.refused.value[0]?.key ?? 0);
  expect(store.details.drafts.value.size).toBe(0);
});

test("a photo whose removal was not answered is not called kept, and nothing is said once it is gone", async () => {
  const { store, gateway, clock, hear } = await opened([image("a"), image("bb")]);
  gateway.failures.set("removeImage", unreachable());
  store.images.remove("a");
  await clock.pass(10_000);
  await idle();
  const notices = () => store.notices.list.value.filter(({ tone }) => tone === "bad");
  expect(notices().map(({ text }) => text)).toEqual([
    expect.stringMatching(/^It isn't known yet whether the photo was removed/),
  ]);
  hear("image.removed", { id: "a" });
  expect(notices()).toEqual([]);
});
