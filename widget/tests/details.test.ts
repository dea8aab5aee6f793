// Details: shown at once, saved soon, never lost.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { CAPABILITIES, FOREARM, image, opened } from "./fakes";

test("what is said shows before the server knows it", async () => {
  const { store } = await opened([image("a")]);
  store.details.edit("a", { bodySite: FOREARM });
  expect(store.details.described(image("a")).bodySite).toBe(FOREARM);
  expect(store.details.saving.value.get("a")?.state).toBe("saving");
});

test("typing a word is one request", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  for (const words of ["M", "Mo", "Mole"]) store.details.edit("a", { label: words }, true);
  await clock.pass(700);
  expect(gateway.calls).toEqual(['describe a {"label":"Mole"}']);
  expect(store.details.saving.value.has("a")).toBe(false);
});

test("several changed at once are saved in turn, and at once where something waits for them", async () => {
  const { store, gateway, clock } = await opened(["a", "b", "c"].map((id) => image(id)));
  store.images.pickAll();
  store.details.change({ type: "rash" });
  await clock.pass(30);
  expect(gateway.calls).toEqual(['describe a {"type":"rash"}']);
  await clock.pass(80);
  expect(gateway.calls.length).toBe(3);
  store.details.change({ type: "lesion" });
  expect(await store.details.saveAll()).toBe(true);
  expect(gateway.calls.length).toBe(6);
});

test("codes go out without their words", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  store.details.edit("a", { bodySite: FOREARM });
  await clock.pass(30);
  expect(gateway.calls[0]).toBe(
    'describe a {"bodySite":{"system":"http://snomed.info/sct","code":"14975008"}}',
  );
});

test("a change made during a save goes out right after it", async () => {
  const { store, gateway } = await opened([image("a")]);
  store.details.edit("a", { view: "regional" });
  const saved = store.details.save("a");
  store.details.edit("a", { view: "close-up", type: "rash" });
  await saved;
  expect(gateway.calls).toEqual([
    'describe a {"view":"regional"}',
    'describe a {"view":"close-up","type":"rash"}',
  ]);
  expect(store.details.drafts.value.size).toBe(0);
});

test("a list that was read before a save and comes after it takes nothing back", async () => {
  const { store, gateway } = await opened([image("a")]);
  const early = [...gateway.stored];
  let answer = () => {};
  gateway.images = () => new Promise((resolve) => (answer = () => resolve(early)));
  const refreshed = store.images.refresh();
  store.details.edit("a", { bodySite: FOREARM });
  await store.details.save("a");
  answer();
  await refreshed;
  expect(store.images.all.value[0]?.bodySite).toMatchObject({ code: FOREARM.code });
});

test.each([
  ["a lost connection", unreachable()],
  ["a gateway that was asked too often", new ApiProblem(429, { detail: "Too many." }, 1)],
])("%s keeps the change and retries automatically", async (_, problem) => {
  const { store, gateway, clock } = await opened([image("a")]);
  gateway.failures.set("describe", problem);
  store.details.edit("a", { sensitive: true });
  await clock.pass(30);
  expect(store.details.saving.value.get("a")?.state).toBe("waiting");
  expect(store.details.described(image("a")).sensitive).toBe(true);
  await clock.pass(2_000);
  expect(gateway.calls).toHaveLength(2);
  expect(store.details.saving.value.has("a")).toBe(false);
});

test("a refused change stays visible with its reason until it is undone", async () => {
  const { store, gateway, clock } = await opened([image("a", { label: "Mole" })]);
  gateway.failures.set("describe", new ApiProblem(422, { detail: "Too long." }));
  store.details.edit("a", { label: "Mole 1" });
  await clock.pass(30);
  expect(store.details.saving.value.get("a")).toMatchObject({
    state: "refused",
    problem: { detail: "Too long." },
  });
  store.details.drop("a");
  expect(store.details.described(image("a", { label: "Mole" })).label).toBe("Mole");
});

test("applying to all leaves filed photos alone and can be undone", async () => {
  const { store, gateway, clock } = await opened([
    image("a", { bodySite: FOREARM }),
    image("bb"),
    image("ccc", { state: "committed" }),
  ]);
  store.details.applyToAll();
  await clock.pass(30);
  expect(gateway.calls.filter((call) => call.startsWith("describe"))).toEqual([
    expect.stringContaining("describe bb"),
  ]);
  store.notices.list.value[0]?.action?.run();
  await clock.pass(30);
  expect(gateway.calls.at(-1)).toContain('"bodySite":null');
});

const LEFT = CAPABILITIES.lateralities[1] ?? null;
const NOSE = { ...FOREARM, code: "113179006", display: "Nose", sides: "none" as const };
const ABDOMEN = { system: FOREARM.system, code: "818981001", display: "Abdomen" };

test("a change is for everything that is selected, and one undo takes it back", async () => {
  const { store } = await opened([image("a"), image("bb"), image("ccc", { state: "committed" })]);
  store.images.pickAll();
  store.details.setSite(FOREARM, LEFT);
  expect(store.details.subjects.value.map(({ bodySite }) => bodySite)).toEqual([FOREARM, FOREARM]);
  expect(store.undo.undo()).toBe(true);
  expect(store.details.subjects.value.map(({ bodySite, laterality }) => [bodySite, laterality])).toEqual([
    [null, null],
    [null, null],
  ]);
});

test("where the selected differ, the panel says so and shows none of the values", async () => {
  const { store } = await opened([image("a", { label: "Mole 1" }), image("bb", { label: "Mole 2" })]);
  store.images.pickAll();
  const merged = store.details.merged.value;
  expect(merged?.mixed.has("label")).toBe(true);
  expect(merged?.image.label).toBe("");
  expect(merged?.mixed.has("bodySite")).toBe(false);
});

test("a side doesn't outlive the site it was given for", async () => {
  const { store } = await opened([image("a")]);
  const now = () => store.details.subjects.value[0];
  store.details.setSide(LEFT);
  store.details.setSite(FOREARM);
  expect(now()?.laterality).toBe(LEFT);
  store.details.setSite(ABDOMEN);
  expect(now()?.laterality).toBeNull();
});

test("a site in the midline takes no side, neither before nor after", async () => {
  const { store } = await opened([image("a")]);
  store.session.capabilities.value = { ...CAPABILITIES, bodySites: [...CAPABILITIES.bodySites, NOSE] };
  store.details.setSide(LEFT);
  store.details.setSite(NOSE);
  expect(store.details.subjects.value[0]?.laterality).toBeNull();
  store.details.setSide(LEFT);
  expect(store.details.subjects.value[0]?.laterality).toBeNull();
});

test("three selected photos fill the views of a lesion in their order", async () => {
  const { store } = await opened([image("a"), image("bb"), image("ccc")]);
  store.images.pickAll();
  store.details.fillSet();
  expect(store.details.subjects.value.map(({ type, view }) => `${type} ${view}`)).toEqual([
    "lesion context",
    "lesion close-up",
    "lesion dermoscopy",
  ]);
});

test("dermoscopy is of a lesion, unless something else was said", async () => {
  const { store } = await opened([image("a"), image("bb", { type: "rash" })]);
  store.images.pickAll();
  store.details.setView("dermoscopy");
  expect(store.details.subjects.value.map(({ type }) => type)).toEqual(["lesion", "rash"]);
});

test("what is too long for the label goes below the notes that are there", async () => {
  const { store } = await opened([image("a", { notes: "Seen by Dr B." })]);
  const site = CAPABILITIES.bodySites[0];
  if (!site) throw new Error("no site");
  const said = { site, side: null, because: "", rest: [], view: null, type: null };
  store.details.say({ ...said, label: "Scaly…", notes: "Scaly for weeks" });
  const now = store.details.described(image("a", { notes: "Seen by Dr B." }));
  expect([now.label, now.notes]).toEqual(["Scaly…", "Seen by Dr B.\nScaly for weeks"]);
});

test("a label that is too long is kept to be shortened, said, and nothing is filed with half of it", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  const long = `Pigmented lesion with an irregular border, ${"9 mm, ".repeat(4)}changing`;
  store.details.edit("a", { label: long }, true);
  await clock.pass(700);
  expect(gateway.calls).toEqual([]);
  expect(store.details.saving.value.get("a")?.state).toBe("refused");
  expect(store.details.saving.value.get("a")?.problem?.detail).toBe(
    `The label has ${long.length} characters, and at most 60 fit. Shorten it.`,
  );
  expect(await store.details.saveAll()).toBe(false);
  store.details.edit("a", { label: `${"ā".repeat(60)} ` }, true);
  expect(await store.details.saveAll()).toBe(true);
});
