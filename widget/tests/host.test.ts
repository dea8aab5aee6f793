// The host page and the widget: each says whose record it shows, and the widget says where they differ.
import { expect, test } from "vitest";
import { image, opened } from "./fakes";

const EVOLUTION = "https://evolution.test";

test("nothing of anybody is told before the host has spoken", async () => {
  const { told } = await opened([image("a")]);
  expect(told).toEqual([{ message: { type: "clinicpro.ready", version: 1 }, origin: "*" }]);
});

test("a host that says whom it shows hears whose session this is, and how much is unfiled", async () => {
  const { store, told, hostSays } = await opened([image("a")]);
  const ours = store.session.session.value?.patient.id ?? "";
  hostSays({ type: "clinicpro.patient", patientId: ours });
  expect(told.at(-1)).toEqual({
    message: { type: "clinicpro.session", patientId: ours, unfiled: 1 },
    origin: EVOLUTION,
  });
  expect(store.host.drift.value).toBeNull();
});

test("another patient in the host, and none, are said until they agree again", async () => {
  const { store, hostSays } = await opened();
  hostSays({ type: "clinicpro.patient", patientId: "somebody-else" });
  expect(store.host.drift.value).toBe("other");
  hostSays({ type: "clinicpro.patient", patientId: null });
  expect(store.host.drift.value).toBe("none");
  hostSays({ type: "clinicpro.patient", patientId: store.session.session.value?.patient.id });
  expect(store.host.drift.value).toBeNull();
});

test("a message of another kind changes nothing", async () => {
  const { store, told, hostSays } = await opened();
  for (const data of [
    null,
    "text",
    7,
    {},
    { type: "clinicpro.patient" },
    { type: "clinicpro.patient", patientId: 7 },
  ])
    hostSays(data);
  expect(store.host.drift.value).toBeNull();
  expect(told).toHaveLength(1);
});
