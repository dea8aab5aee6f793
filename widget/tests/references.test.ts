// What support asks for: the reference of a problem gets from the answer to where the page shows it.
import { afterEach, expect, test, vi } from "vitest";
import { createGateway } from "../src/api/client";
import { ApiProblem } from "../src/api/problem";
import { FOREARM, image, opened } from "./fakes";
import { FakeServer, page, photo, rested } from "./phone/fakes";

const REFERENCE = "0d9f4711-aaaa-4bbb-8ccc-123456789abc";
const fault = () => new ApiProblem(500, { title: "Fault", detail: "Try again.", correlationId: REFERENCE });
const refusal = () => new ApiProblem(422, { title: "No", detail: "Change it.", correlationId: REFERENCE });

afterEach(() => vi.unstubAllGlobals());

const answering = (body: string, headers: Record<string, string>) =>
  vi.stubGlobal("fetch", async () => new Response(body, { status: 500, headers }));

test("a problem's reference is read from its body", async () => {
  answering(JSON.stringify({ title: "Fault", detail: "Try again.", correlationId: REFERENCE }), {});
  await expect(createGateway().session()).rejects.toMatchObject({ reference: REFERENCE });
});

test("an answer that is no problem still has the reference in its headers", async () => {
  answering("<html>", { "X-Correlation-Id": REFERENCE });
  await expect(createGateway().session()).rejects.toMatchObject({ reference: REFERENCE });
});

test("a commit's failed row", async () => {
  const { store, gateway, hear } = await opened([image("a", { bodySite: FOREARM })]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.tell("commit-1", ["a"], "failed"));
  expect(store.filing.rows.value[0]?.error?.correlationId).toBe("REF-4711");
});

test("a message that was not sent", async () => {
  const { store, gateway, hear } = await opened([image("a", { bodySite: FOREARM })]);
  await store.filing.review();
  await store.filing.confirm();
  hear("commit.updated", gateway.follow("commit-1", "inbox", "failed"));
  expect(store.filing.followUps.value[0]?.error?.correlationId).toBe("REF-4711");
});

test("a change that is not saved yet, and one that is refused", async () => {
  for (const problem of [fault(), refusal()]) {
    const { store, gateway } = await opened([image("a")]);
    gateway.failures.set("describe", problem);
    store.details.edit("a", { label: "x" });
    await store.details.save("a");
    expect(store.details.saving.value.get("a")?.problem?.reference).toBe(REFERENCE);
  }
});

test("a notice about a failed call", async () => {
  const { store, gateway } = await opened([image("a"), image("bb")]);
  gateway.failures.set("arrange", fault());
  store.images.shift(1);
  await rested();
  expect(store.notices.list.value[0]).toMatchObject({ tone: "bad", reference: REFERENCE });
});

test("a file that stayed out, and a code that can't be made", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("addImage", refusal());
  gateway.failures.set("newHandoff", fault());
  store.uploads.add([photo("a")], true);
  await store.handoff.show();
  expect(store.uploads.refused.value[0]?.problem?.reference).toBe(REFERENCE);
  expect(store.handoff.problem.value?.reference).toBe(REFERENCE);
});

test("on the phone: while waiting for the server, while trying again, and once refused", async () => {
  const server = new FakeServer();
  server.failures.push({ call: "claim", problem: fault() });
  const { store, clock } = await page(server);
  expect(store.link.phase.value).toBe("waiting");
  expect(store.link.problem.value?.reference).toBe(REFERENCE);
  await clock.pass(3_000);
  await rested();
  server.failures.push({ call: "add", problem: fault() }, { call: "add", problem: refusal() });
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(store.sending.problem.value?.reference).toBe(REFERENCE);
  await clock.pass(1_000);
  await rested();
  expect(store.pending.images.value[0]?.refusal?.reference).toBe(REFERENCE);
  expect(store.sending.problem.value).toBe(null);
});
