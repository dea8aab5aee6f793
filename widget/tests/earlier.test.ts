// Earlier photos: grouped by lesion, dated in words, chosen, and taken over for the new photos.
import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import type { EarlierImage } from "../src/api/types";
import { lesionKey } from "../src/desktop/details/lesion/lesionSet";
import { createTurns } from "../src/desktop/earlier/comparison/turns";
import { grouped, longAgo } from "../src/desktop/earlier/list/groups";
import { FakeGateway, image, opened, settled } from "./fakes";

const FOREARM = { system: "http://snomed.info/sct", code: "14975008", display: "Forearm" };
const LEFT = { system: "http://snomed.info/sct", code: "7771000", display: "Left" };

const earlier = (id: string, more: Partial<EarlierImage> = {}): EarlierImage => ({
  id,
  title: "Left forearm – lesion – dermoscopy – Mole 1",
  date: "2026-03-24T00:00:00Z",
  ours: true,
  bodySite: FOREARM,
  laterality: LEFT,
  view: "dermoscopy",
  type: "lesion",
  label: "Mole 1",
  contentType: "image/tiff",
  ...more,
});

test("photos of one site and label are together, newest lesion first, those of others last", () => {
  const other = earlier("c", { ours: false, title: "Hospital letter", bodySite: null, label: "" });
  const groups = grouped(
    [
      other,
      earlier("a"),
      earlier("b", { title: "Left forearm – lesion – Mole 2", label: "Mole 2" }),
      earlier("d"),
    ],
    "Filed by others",
  );
  expect(groups.map(({ name, images }) => [name, images.map(({ id }) => id).join("")])).toEqual([
    ["Left forearm – Mole 1", "ad"],
    ["Left forearm – Mole 2", "b"],
    ["Filed by others", "c"],
  ]);
});

test.each([
  ["2026-11-29T08:00:00", "today"],
  ["2026-11-28T23:00:00", "yesterday"],
  ["2026-11-23T08:00:00", "6 days ago"],
  ["2026-10-30T08:00:00", "4 weeks ago"],
  ["2026-03-24T08:00:00", "8 months ago"],
  ["2024-11-30T08:00:00", "23 months ago"],
  ["2024-11-29T08:00:00", "2 years ago"],
  ["2026-12-24T08:00:00", "today"],
])("%s is %s", (then, words) => {
  expect(longAgo(`${then}+13:00`, new Date("2026-11-29T10:00:00+13:00"))).toBe(words);
});

async function withEarlier(...images: EarlierImage[]) {
  const gateway = new FakeGateway();
  gateway.earlier = { images, chosen: null, unproven: 0, more: false };
  return { gateway, store: (await opened([image("a"), image("bb")], undefined, gateway)).store };
}

test("they are listed once after the launch, without keeping the session open", async () => {
  const { gateway, store } = await withEarlier(earlier("x"), earlier("y"));
  await settled();
  expect(store.earlier.count.value).toBe(2);
  expect(gateway.listings).toEqual([true]);
});

test("a list that no one asked for fails without a word, and is tried again when it is opened", async () => {
  const gateway = new FakeGateway();
  const late = () => new ApiProblem(503, { detail: "Medtech did not return the earlier photos in time." });
  gateway.failures.set("earlierImages", late());
  const { store } = await opened([], undefined, gateway);
  await settled();
  expect(store.earlier.problem.value).toBe(null);
  gateway.failures.set("earlierImages", late());
  await store.earlier.load();
  expect(store.earlier.problem.value?.detail).toContain("in time");
  await store.earlier.load();
  expect(store.earlier.problem.value).toBe(null);
});

test("an empty list is read again when it is opened: photos may have been filed since the launch", async () => {
  const { gateway, store } = await withEarlier();
  await settled();
  expect(store.earlier.count.value).toBe(0);
  gateway.earlier = { ...gateway.earlier, images: [earlier("x")] };
  store.earlier.show();
  expect(store.earlier.listed.value).toBe(null);
  await settled();
  expect(store.earlier.count.value).toBe(1);
});

test("after filing, the list is read again when it is opened, and no number is shown before", async () => {
  const { gateway, store } = await withEarlier(earlier("x"));
  await settled();
  store.images.receive(image("a", { state: "committed" }));
  expect(store.earlier.count.value).toBe(null);
  gateway.earlier = { ...gateway.earlier, images: [earlier("x"), earlier("a")] };
  store.earlier.show();
  await settled();
  expect(store.earlier.count.value).toBe(2);
});

test("the same lesion again gives site, side, type and label, never the view, and can be undone", async () => {
  const { store } = await withEarlier(earlier("x"));
  await settled();
  store.earlier.choose("x");
  store.earlier.sameLesion();
  const selected = store.images.selected.value;
  if (!selected) throw new Error("nothing is selected");
  const now = store.details.described(selected);
  expect([now.bodySite, now.laterality, now.type, now.label, now.view]).toEqual([
    FOREARM,
    LEFT,
    "lesion",
    "Mole 1",
    null,
  ]);
  store.notices.list.value.at(-1)?.action?.run();
  const before = store.details.described(selected);
  expect([before.bodySite, before.laterality, before.type, before.label]).toEqual([null, null, null, ""]);
});

test("two photos without a view fill the set's slots in order, and one opens them", async () => {
  const { store } = await withEarlier(earlier("x"));
  await settled();
  store.earlier.choose("x");
  store.earlier.sameLesion();
  const [only] = store.details.subjects.value;
  if (!only) throw new Error("nothing is selected");
  expect([only.view, store.details.openedSet.value]).toEqual([null, lesionKey(only)]);
  store.notices.list.value.at(-1)?.action?.run();
  store.images.pickAll();
  store.earlier.sameLesion();
  expect(store.details.subjects.value.map(({ view }) => view)).toEqual(["context", "close-up"]);
});

test("the phone receives which photo was chosen and that it was put away, and a reload shows it again", async () => {
  const { gateway, store } = await withEarlier(earlier("x"));
  await settled();
  store.earlier.choose("x");
  await settled();
  expect(gateway.earlier.chosen).toBe("x");
  const again = (await opened([image("a")], undefined, gateway)).store;
  await settled();
  expect(again.earlier.chosen.value?.id).toBe("x");
  again.earlier.putAway();
  await settled();
  expect(gateway.earlier.chosen).toBe(null);
});

test("a photo filed by others has nothing to take over", async () => {
  const { store } = await withEarlier(earlier("x", { ours: false }));
  await settled();
  store.earlier.choose("x");
  expect(store.earlier.transferable.value).toBe(false);
});

test("when the session ends, nothing of them is left", async () => {
  const { store } = await withEarlier(earlier("x"));
  await settled();
  store.earlier.choose("x");
  store.session.phase.value = "ended";
  expect([store.earlier.listed.value, store.earlier.chosen.value]).toEqual([null, null]);
});

test("as many go at once as may, the next when one has come, and who left the line is passed over", () => {
  const turns = createTurns(2);
  const gone: string[] = [];
  const back = ["a", "b", "c", "d", "e"].map((name) => turns(() => gone.push(name)));
  expect(gone).toEqual(["a", "b"]);
  back[2]?.();
  back[0]?.();
  back[0]?.();
  expect(gone).toEqual(["a", "b", "d"]);
  back[1]?.();
  expect(gone).toEqual(["a", "b", "d", "e"]);
});

test("the last choice is also the last that reaches the phone, however slow the calls are", async () => {
  const { gateway, store } = await withEarlier(earlier("1"), earlier("2"));
  await store.earlier.load();
  const told: (string | null)[] = [];
  const answers: (() => void)[] = [];
  gateway.chooseEarlier = (id) => {
    told.push(id);
    return new Promise((answer) => answers.push(answer));
  };
  store.earlier.choose("1");
  store.earlier.choose("2");
  store.earlier.putAway();
  expect(told).toEqual(["1"]);
  answers.pop()?.();
  await settled();
  expect(told).toEqual(["1", null]);
  answers.pop()?.();
  await settled();
  store.earlier.choose("2");
  expect(told).toEqual(["1", null, "2"]);
});
