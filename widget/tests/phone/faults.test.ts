// Whatever fails, at whichever step: no photo that was safe is lost, none arrives twice, none under another patient.
import { expect, test } from "vitest";
import type { PendingStore } from "../../src/phone/pending/storage/pendingStore";
import { FakeServer, lastingStore, linkTo, newShelf, page, photo, rested, unreachable } from "./fakes";

const NAMES = ["one", "two", `three${" ".repeat(200)}`];
const ready = NAMES.map((name) => `${name.trim()} ready`).sort();
const STEPS = Array.from({ length: 40 }, (_, step) => step);

/** Lets so many steps pass; from then on nothing is ever answered, as in a tab that was killed. */
class Life {
  constructor(private left: number) {}
  async step() {
    this.left -= 1;
    if (this.left < 0) await new Promise(() => {});
  }
}

/** Each call may be cut off before it is carried out, or after. */
function mortal(store: PendingStore, life: Life): PendingStore {
  const cut =
    <Arguments extends unknown[], T>(act: (...given: Arguments) => Promise<T>) =>
    async (...given: Arguments) => {
      await life.step();
      const answer = await act(...given);
      await life.step();
      return answer;
    };
  return {
    ...store,
    add: cut(store.add),
    change: cut(store.change),
    bytes: cut(store.bytes),
    remove: cut(store.remove),
  };
}

class MortalServer extends FakeServer {
  life: Life | null = null;
  override async add(...given: Parameters<FakeServer["add"]>) {
    await this.life?.step();
    const answer = await super.add(...given);
    await this.life?.step();
    return answer;
  }
}

async function takeAndSend({ store }: Awaited<ReturnType<typeof page>>, safe: string[]) {
  for (const name of NAMES) {
    await store.take([photo(name)], "gallery");
    safe.push(`${name.trim()} ready`);
  }
  await store.sending.send();
}

test.each(STEPS)("a tab killed at step %i", async (step) => {
  const shelf = newShelf();
  const server = new MortalServer();
  server.life = new Life(step);
  const safe: string[] = [];
  const first = await page(server, mortal(lastingStore(shelf), server.life), "good");
  void takeAndSend(first, safe);
  await rested();
  server.life = null;
  const again = await page(server, lastingStore(shelf), "");
  await again.store.sending.send();
  for (let turn = 0; turn < 4; turn++) await rested();
  const arrived = server.stored.map(({ id }) => id.trim()).sort();
  expect(new Set(arrived).size).toBe(arrived.length);
  expect(arrived).toEqual(expect.arrayContaining(safe));
  expect([...shelf.keys()]).toEqual([]);
});

test.each(
  ["add", "describe", "session", "images", "original"].flatMap((call) => [
    { call, carriedOut: false },
    { call, carriedOut: true },
  ]),
)("a network lost at $call, carried out: $carriedOut", async ({ call, carriedOut }) => {
  const shelf = newShelf();
  const server = new FakeServer();
  const opened = await page(server, lastingStore(shelf));
  for (let time = 0; time < 2; time++)
    server.failures.push(
      { call, problem: unreachable(), carriedOut },
      { call: "session", problem: unreachable() },
    );
  await takeAndSend(opened, []);
  for (let turn = 0; turn < 8; turn++) {
    await opened.clock.pass(20_000);
    await rested();
  }
  expect(server.stored.map(({ id }) => id.trim()).sort()).toEqual(ready);
  expect(shelf.size).toBe(0);
});

test("a clock that jumps, forwards or back, sends everything once", async () => {
  const shelf = newShelf();
  const opened = await page(new FakeServer(), lastingStore(shelf));
  const jumps = [86_400_000, -172_800_000, 3_600_000];
  const now = opened.clock.now.bind(opened.clock);
  let asked = 0;
  opened.clock.now = () => now() + (jumps[asked++ % jumps.length] ?? 0);
  await takeAndSend(opened, []);
  for (let turn = 0; turn < 4; turn++) await rested();
  expect(opened.server.stored.map(({ id }) => id.trim()).sort()).toEqual(ready);
});

test.each(STEPS.filter((step) => step % 4 === 0))(
  "another patient's session never gets what was left at step %i",
  async (step) => {
    const shelf = newShelf();
    const server = new MortalServer();
    server.life = new Life(step);
    void takeAndSend(await page(server, mortal(lastingStore(shelf), server.life), "good"), []);
    await rested();
    const other = new FakeServer();
    other.linked = linkTo({ id: "link-9", sessionId: "session-9", patientTag: "tag-wiremu" });
    const { store } = await page(other, lastingStore(shelf), "");
    await store.sending.send();
    for (let turn = 0; turn < 3; turn++) await rested();
    expect(other.stored).toEqual([]);
    expect(store.pending.images.value).toEqual([]);
  },
);
