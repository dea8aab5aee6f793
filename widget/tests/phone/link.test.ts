// Scanning: a code becomes a link, a cut link stays cut, and another patient's images are destroyed.
import { expect, test } from "vitest";
import { ApiProblem } from "../../src/api/problem";
import { takeToken } from "../../src/phone/link/token";
import { image, memory } from "../fakes";
import {
  ended,
  FakeServer,
  forgetfulStore,
  lastingStore,
  linkTo,
  newShelf,
  page,
  photo,
  rested,
  unreachable,
} from "./fakes";

test("the token leaves the address bar and the history as it is read", () => {
  const replaced: unknown[] = [];
  const history = { replaceState: (...how: unknown[]) => void replaced.push(how) };
  expect(takeToken({ hash: "#abc123", pathname: "/phone" }, history)).toBe("abc123");
  expect(replaced).toEqual([[null, "", "/phone"]]);
  expect(takeToken({ hash: "", pathname: "/phone" }, history)).toBe("");
  expect(replaced.length).toBe(1);
});

test("a scanned code opens the session it belongs to", async () => {
  const { store, server } = await page();
  expect(store.link.phase.value).toBe("open");
  expect(store.link.session.value?.patient.nhi).toBe("ZZZ0016");
  expect(server.calls[0]).toBe("claim good");
});

test("a code scanned without network is claimed once there is one", async () => {
  const server = new FakeServer();
  server.failures.push({ call: "claim", problem: unreachable() });
  const { store, clock, starting } = await page(server);
  expect(store.link.phase.value).toBe("waiting");
  await clock.pass(3_000);
  await starting;
  expect(store.link.phase.value).toBe("open");
});

test("a used code opens nothing on its own, even where the phone is still linked to somebody", async () => {
  const { store } = await page(new FakeServer(), lastingStore(newShelf()), "used");
  expect(store.link.phase.value).toBe("used");
  expect(store.link.earlierSession.value?.patient.name).toBe("Aroha Example");
  await store.carryOn();
  expect(store.link.phase.value).toBe("open");
});

test("a second tap while a session opens changes nothing", async () => {
  const { store, server } = await page(new FakeServer(), lastingStore(newShelf()), "used");
  const asked = server.calls.length;
  await Promise.all([store.carryOn(), store.carryOn()]);
  await rested();
  expect(store.link.phase.value).toBe("open");
  expect(server.calls.slice(asked).filter((call) => call === "images").length).toBe(1);
});

test("opened by hand, the page says how to scan", async () => {
  const server = new FakeServer();
  server.linked = null;
  const { store } = await page(server, lastingStore(newShelf()), "");
  expect(store.link.phase.value).toBe("stranger");
});

test("opened again after its session ended, the page says what is still here", async () => {
  const shelf = newShelf();
  const server = new FakeServer();
  const { store } = await page(server, lastingStore(shelf));
  await store.take([photo("one")], "camera");
  server.linked = null;
  const again = await page(server, lastingStore(shelf), "");
  expect(again.store.link.phase.value).toBe("stranger");
  expect(again.store.leftHere.value).toBe(1);
});

test("another patient's code is not used before somebody says what shall become of unsent photos", async () => {
  const shelf = newShelf();
  const before = await page(new FakeServer(), lastingStore(shelf));
  await before.store.take([photo("one")], "camera");
  const server = new FakeServer();
  server.linked = linkTo({ id: "link-9", sessionId: "session-9", patientTag: "tag-wiremu" });
  const { store } = await page(server, lastingStore(shelf));
  expect(store.link.phase.value).toBe("other");
  expect(store.leftHere.value).toBe(1);
  expect(server.claimedBy).toBe("");
  expect(store.link.session.value).toBe(null);
  expect(shelf.size).toBe(1);
  await store.destroyAndOpen();
  expect(store.link.phase.value).toBe("open");
  expect(shelf.size).toBe(0);
  expect(store.pending.images.value).toEqual([]);
});

test("going back to the first patient leaves the other's code unused and sends what was left", async () => {
  const shelf = newShelf();
  const before = await page(new FakeServer(), lastingStore(shelf));
  await before.store.take([photo("one")], "camera");
  const server = new FakeServer();
  const aroha = linkTo();
  server.linked = linkTo({ id: "link-9", sessionId: "session-9", patientTag: "tag-wiremu" });
  const answer = server.session.bind(server);
  server.session = async () => (server.claimedBy ? answer() : aroha);
  const { store } = await page(server, lastingStore(shelf));
  expect(store.link.earlierSession.value?.patientTag).toBe("tag-aroha");
  await store.carryOn();
  expect(store.pending.unsent.value.length).toBe(1);
  expect(server.claimedBy).toBe("");
  await store.sending.send();
  await rested();
  expect(server.stored.map(({ id }) => id)).toEqual(["one ready"]);
});

test("an answer that got lost is asked for again with the same nonce, also after a killed tab", async () => {
  const server = new FakeServer();
  server.failures.push({ call: "claim", problem: unreachable(), carriedOut: true });
  const kept = { memory: memory() };
  await page(server, lastingStore(newShelf()), "good", kept);
  const { store } = await page(server, lastingStore(newShelf()), "", kept);
  expect(store.link.phase.value).toBe("open");
  const other = await page(server, lastingStore(newShelf()), "good");
  expect(other.store.link.phase.value).toBe("used");
});

test("a mistyped code says that there is no such code", async () => {
  const server = new FakeServer();
  server.failures.push({ call: "claim", problem: new ApiProblem(404, { type: "/problems/ticket-unknown" }) });
  const { store } = await page(server, lastingStore(newShelf()), "typed");
  expect(store.link.phase.value).toBe("refused");
});

test("another patient's photos that turn up late are neither shown nor destroyed", async () => {
  const shelf = newShelf();
  const before = await page(new FakeServer(), lastingStore(shelf));
  await before.store.take([photo("one")], "camera");
  const server = new FakeServer();
  server.linked = linkTo({ id: "link-9", sessionId: "session-9", patientTag: "tag-wiremu" });
  const { store } = await page(server, lastingStore(shelf), "");
  expect(store.pending.strangers.value.length).toBe(1);
  expect(store.pending.images.value).toEqual([]);
  expect(shelf.size).toBe(1);
  await store.pending.destroyStrangers();
  expect(shelf.size).toBe(0);
});

test("photos of the same patient's earlier session are offered, and deleted if not wanted", async () => {
  const shelf = newShelf();
  const before = await page(new FakeServer(), lastingStore(shelf));
  await before.store.take([photo("one")], "camera");
  const server = new FakeServer();
  server.linked = linkTo({ id: "link-2", sessionId: "session-2" });
  const { store } = await page(server, lastingStore(shelf));
  expect(store.pending.earlier.value.length).toBe(1);
  expect(store.pending.images.value).toEqual([]);
  await store.pending.deleteEarlier();
  expect(shelf.size).toBe(0);
});

test("a renewed code is noticed when the page is shown again", async () => {
  const { store, server } = await page();
  server.linked = null;
  await store.wake();
  expect(store.link.phase.value).toBe("ended");
});

test("an event about the link asks the server, and believes only its answer", async () => {
  const { store, server, hear } = await page();
  hear("handoff.updated", { id: "link-1", state: "gone", connected: false, waiting: 0, expiresAt: null });
  await rested();
  expect(store.link.phase.value).toBe("open");
  server.failures.push({ call: "session", problem: ended() });
  hear("handoff.updated", { id: "link-1", state: "gone", connected: false, waiting: 0, expiresAt: null });
  await rested();
  expect(store.link.phase.value).toBe("ended");
});

test("another code scanned in another tab ends this one", async () => {
  const { store, server } = await page();
  server.failures.push({
    call: "images",
    problem: new ApiProblem(409, { type: "/problems/session-changed" }),
  });
  await store.sentImages.refresh();
  expect(store.link.phase.value).toBe("ended");
});

test("a browser that keeps nothing still sends, and says that it keeps nothing", async () => {
  const { store, server } = await page(new FakeServer(), forgetfulStore());
  expect(store.pending.fragile.value).toBe(true);
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  expect(server.stored.map((image) => image.id)).toEqual(["one ready"]);
  expect(store.pending.images.value).toEqual([]);
});

test("the desktop's filing and removing show on the phone", async () => {
  const { store, hear } = await page();
  await store.take([photo("one")], "camera");
  await store.sending.send();
  await rested();
  hear("image.updated", image("one ready", { state: "committed" }));
  expect(store.sentImages.images.value.map((image) => image.state)).toEqual(["committed"]);
  hear("image.removed", { id: "one ready" });
  expect(store.sentImages.images.value).toEqual([]);
});

test("a page whose shots were destroyed for another patient says so", async () => {
  const shelf = newShelf();
  const shared = memory();
  const server = new FakeServer();
  const { store } = await page(server, lastingStore(shelf), "good", { shared });
  await store.take([photo("one")], "camera");
  await rested();
  server.linked = linkTo({ id: "link-9", sessionId: "session-9", patientTag: "tag-wiremu" });
  const other = await page(server, lastingStore(shelf), "", { shared });
  await other.store.pending.destroyStrangers();
  await store.sending.send();
  await rested();
  expect(store.link.phase.value).toBe("ended");
  expect(store.pending.images.value).toEqual([]);
  expect(store.pending.destroyedElsewhere.value).toBe(1);
  expect(server.stored).toEqual([]);
});
