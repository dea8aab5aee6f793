// The whole job on the phone: the clinician's own session, filed once, and the outcome of each photo.
import { expect, test } from "vitest";
import { createPhoneFiling } from "../../src/phone/filing/filing";
import { FOREARM, image } from "../fakes";
import { FakeServer, lastingStore, linkTo, newShelf, page, rested, unreachable } from "./fakes";

const own = linkTo({ id: "session-7", sessionId: "session-7", patientTag: "tag-wiremu" });

async function signedIn(server = new FakeServer()) {
  server.own = own;
  server.stored = [image("a", { bodySite: FOREARM }), image("b")];
  const opened = await page(server, lastingStore(newShelf()), "signed-in");
  return { ...opened, filing: createPhoneFiling(opened.store.filingParts) };
}

test("after a sign-in the page shows the clinician's own session, whatever was scanned before", async () => {
  const { store, server } = await signedIn();
  expect(store.link.session.value?.patientTag).toBe("tag-wiremu");
  expect(store.link.own.value).toBe(true);
  expect(server.calls.some((call) => call.startsWith("claim"))).toBe(false);
});

test("what has a body site is filed, the rest stays, and nothing is filed twice", async () => {
  const { filing, server } = await signedIn();
  await filing.start();
  expect(filing.ready.value.map(({ id }) => id)).toEqual(["a"]);
  await Promise.all([filing.file(), filing.file()]);
  await rested();
  expect(server.calls.filter((call) => call.startsWith("file"))).toHaveLength(1);
  expect(filing.stateOf(image("a"))).toBe("committed");
  expect(filing.open.value.map(({ id }) => id)).toEqual(["b"]);
});

test("an original whose copy was edited on a desktop is not filed from the phone", async () => {
  const { store, filing, server } = await signedIn();
  const site = { bodySite: FOREARM };
  server.stored = [
    image("a", site),
    image("b", { ...site, derivedFrom: "a" }),
    image("c", { ...site, derivedFrom: "b" }),
  ];
  await store.sentImages.refresh();
  await filing.start();
  expect(filing.ready.value.map(({ id }) => id)).toEqual(["c"]);
  expect(filing.originals.value.map(({ id }) => id)).toEqual(["a", "b"]);
  await filing.file();
  expect(server.calls.filter((call) => call.startsWith("file"))[0]).toContain("c");
  expect(filing.open.value).toEqual([]);
  expect(filing.ready.value).toEqual([]);
});

test("an answer that got lost is asked for with the same key", async () => {
  const { filing, server } = await signedIn();
  await filing.start();
  server.failures.push({ call: "file", problem: unreachable(), carriedOut: true });
  await filing.file();
  expect(filing.problem.value?.status).toBe(0);
  await filing.file();
  const [first, second] = server.calls.filter((call) => call.startsWith("file"));
  expect(first).toBe(second);
});

test("what may have arrived is decided by the clinician", async () => {
  const { filing, server } = await signedIn();
  server.outcome = "unverified";
  await filing.start();
  await filing.file();
  expect(filing.stateOf(image("a"))).toBe("unverified");
  server.outcome = "committed";
  await filing.resolve("a", "in-inbox");
  expect(server.calls).toContain("resolve a in-inbox");
  // Of two inboxes, the one that the question was about.
  await filing.resolve("a", "send-again", "media");
  expect(server.calls).toContain("resolve a send-again media");
  expect(filing.stateOf(image("a"))).toBe("committed");
});

test("without a code the page offers to sign in, where the practice has that", async () => {
  const server = new FakeServer();
  server.linked = null;
  server.signIn = "/sign-in";
  const { store } = await page(server, lastingStore(newShelf()), "");
  expect(store.link.phase.value).toBe("stranger");
  expect(store.link.signIn.value).toBe("/sign-in");
});

test("a message and a task go with the photos, each to somebody", async () => {
  const { filing, server } = await signedIn();
  await filing.start();
  filing.followUps.change("message", { on: true, note: " Please look " });
  expect(filing.followUps.needs.value).toBe("Choose who gets the message.");
  await filing.file();
  expect(server.calls.some((call) => call.startsWith("file"))).toBe(false);
  filing.followUps.change("message", { to: "gp" });
  filing.followUps.change("task", { on: true, to: "nurse", note: "Call back", due: "2026-12-01" });
  await filing.file();
  expect(server.routed).toEqual({
    inbox: { recipientId: "gp", note: "Please look" },
    task: { assigneeId: "nurse", note: "Call back", due: "2026-12-01" },
  });
  expect(filing.followUps.drafts.message.value.on).toBe(false);
});

test("a label that is too long stays in its box, and keeps the photos from being filed", async () => {
  const { filing, server } = await signedIn();
  await filing.start();
  const label = "m".repeat(61);
  filing.type("a", { label });
  expect((await filing.save("a", { label }))?.detail).toContain("61 characters, and at most 60 fit");
  expect(filing.typed.value.get("a")?.label).toBe(label);
  await filing.file();
  expect(server.calls.filter((call) => /^(file|describe)/.test(call))).toEqual([]);
  filing.type("a", { label: "Mole 1" });
  expect(await filing.save("a", { label: "Mole 1" })).toBe(null);
  expect(filing.typed.value.get("a")?.label).toBe(undefined);
  await filing.file();
  expect(filing.stateOf(image("a"))).toBe("committed");
});
