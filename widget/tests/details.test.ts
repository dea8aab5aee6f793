// Details: shown at once, saved soon, never lost.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { FOREARM, image, opened } from "./fakes";

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

test("codes go out without their words", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  store.details.edit("a", { bodySite: FOREARM });
  await clock.pass(0);
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

test("a lost connection keeps the change and retries automatically", async () => {
  const { store, gateway, clock } = await opened([image("a")]);
  gateway.failures.set("describe", unreachable());
  store.details.edit("a", { sensitive: true });
  await clock.pass(0);
  expect(store.details.saving.value.get("a")?.state).toBe("waiting");
  expect(store.details.described(image("a")).sensitive).toBe(true);
  await clock.pass(2_000);
  expect(gateway.calls).toHaveLength(2);
  expect(store.details.saving.value.has("a")).toBe(false);
});

test("a refused change stays visible with its reason until it is undone", async () => {
  const { store, gateway, clock } = await opened([image("a", { label: "Mole" })]);
  gateway.failures.set("describe", new ApiProblem(422, { detail: "Too long." }));
  store.details.edit("a", { label: "x".repeat(99) });
  await clock.pass(0);
  expect(store.details.saving.value.get("a")).toMatchObject({
    state: "refused",
    problem: { detail: "Too long." },
  });
  store.details.discard("a");
  expect(store.details.described(image("a", { label: "Mole" })).label).toBe("Mole");
});

test("copying to all others leaves filed photos alone and can be undone", async () => {
  const { store, gateway, clock } = await opened([
    image("a", { bodySite: FOREARM }),
    image("bb"),
    image("ccc", { state: "committed" }),
  ]);
  const from = store.images.all.value[0];
  if (from) store.details.copy(from, ["bodySite"]);
  await clock.pass(0);
  expect(gateway.calls.filter((call) => call.startsWith("describe"))).toEqual([
    expect.stringContaining("describe bb"),
  ]);
  store.notices.list.value[0]?.action?.run();
  await clock.pass(0);
  expect(gateway.calls.at(-1)).toBe('describe bb {"bodySite":null}');
});
