// Starting, losing the server, running out of time.
import { expect, test } from "vitest";
import { ApiProblem, unreachable } from "../src/api/problem";
import { createSession } from "../src/desktop/session/session";
import { FakeClock, FakeGateway, image, opened, settled } from "./fakes";

test("without a session the page says how to launch", async () => {
  const gateway = new FakeGateway();
  gateway.failures.set("session", new ApiProblem(401, {}));
  const session = createSession(gateway, new FakeClock());
  expect(await session.start()).toBe(false);
  expect(session.phase.value).toBe("none");
});

test("where the practice signs in outside Evolution, the page leads there", async () => {
  const gateway = new FakeGateway();
  gateway.failures.set("session", new ApiProblem(401, { signIn: "/sign-in" }));
  const session = createSession(gateway, new FakeClock());
  await session.start();
  expect(session.signIn.value).toBe("/sign-in");

  const { store, gateway: working } = await opened([image("a")]);
  expect(store.session.signIn.value).toBeNull();
  working.failures.set("images", new ApiProblem(401, { signIn: "/sign-in" }));
  await store.images.refresh();
  expect(store.session.signIn.value).toBe("/sign-in");
});

test("a server that is down is tried again until it answers", async () => {
  const gateway = new FakeGateway();
  const clock = new FakeClock();
  gateway.failures.set("session", unreachable());
  const session = createSession(gateway, clock);
  const started = session.start();
  await settled();
  await settled();
  expect(session.phase.value).toBe("unreachable");
  await clock.pass(3_000);
  expect(await started).toBe(true);
  expect(session.phase.value).toBe("open");
});

test("a warning shows in the last five minutes and goes when the session is prolonged", async () => {
  const { store, clock, hear } = await opened();
  expect(store.session.expiring.value).toBe(false);
  await clock.pass(56 * 60_000);
  expect(store.session.expiring.value).toBe(true);
  hear("session.expiring", { expiresAt: "2026-11-24T02:00:00Z" });
  expect(store.session.expiring.value).toBe(false);
});

test("a 401 in the middle of work ends the page", async () => {
  const { store, gateway } = await opened([image("a")]);
  gateway.failures.set("images", new ApiProblem(401, {}));
  await store.images.refresh();
  expect(store.session.phase.value).toBe("ended");
});

test("silence shows as no connection until the server is heard again", async () => {
  const { store, gateway } = await opened();
  gateway.failures.set("images", unreachable());
  await store.images.refresh();
  expect(store.session.connected.value).toBe(false);
  await store.images.refresh();
  expect(store.session.connected.value).toBe(true);
});

test("a window of another patient stops as soon as the server says so", async () => {
  const { store, gateway } = await opened([image("a")]);
  const changed = new ApiProblem(409, { type: "https://clinicpro.co.nz/problems/session-changed" });
  gateway.failures.set("images", changed);
  await store.images.refresh();
  expect(store.session.phase.value).toBe("changed");
});
