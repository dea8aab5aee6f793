// Several pages of one browser share one event stream: one reads it, the others hear it from that one.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openStream, type Stream } from "../src/api/stream/sharedStream";

class FakeSource {
  static OPEN = 1;
  static CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 0;
  onopen = () => {};
  onerror = () => {};
  private listeners = new Map<string, (event: { data: string }) => void>();
  constructor(readonly address: string) {
    FakeSource.all.push(this);
  }
  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    this.readyState = FakeSource.CLOSED;
  }
  connect() {
    this.readyState = FakeSource.OPEN;
    this.onopen();
  }
  send(name: string, data: string) {
    this.listeners.get(name)?.({ data });
  }
}

class FakeChannel {
  static all = new Set<FakeChannel>();
  onmessage: ((event: { data: unknown }) => void) | undefined;
  constructor(readonly name: string) {
    FakeChannel.all.add(this);
  }
  postMessage(data: unknown) {
    for (const other of FakeChannel.all) {
      if (other !== this && other.name === this.name) other.onmessage?.({ data });
    }
  }
  close() {
    FakeChannel.all.delete(this);
  }
}

type Waiting = { run(): void; fail(): void };

/** As the browser's: one holder for each name, the others wait in order; a thief takes it from its holder. */
class FakeLocks {
  private holder: Waiting | undefined;
  private waiting: Waiting[] = [];

  request(_name: string, options: { steal?: boolean; signal?: AbortSignal }, hold: () => Promise<void>) {
    return new Promise<void>((done, failed) => {
      const one: Waiting = {
        run: () => {
          this.holder = one;
          void hold().then(() => {
            done();
            if (this.holder === one) this.next();
          });
        },
        fail: () => failed(new Error("AbortError")),
      };
      options.signal?.addEventListener("abort", () => {
        if (this.waiting.includes(one)) this.waiting.splice(this.waiting.indexOf(one), 1);
      });
      if (options.steal) {
        this.holder?.fail();
        one.run();
      } else if (this.holder) this.waiting.push(one);
      else one.run();
    });
  }

  private next() {
    this.holder = undefined;
    this.waiting.shift()?.run();
  }
}

let heard: string[][];

function page(): Stream {
  const mine: string[] = [];
  heard.push(mine);
  return openStream("/events", ["image.added"], {
    opened: () => mine.push("opened"),
    failed: (closed) => mine.push(closed ? "closed" : "failed"),
    message: (name, data) => mine.push(`${name} ${data}`),
  });
}

const reading = () => FakeSource.all.filter((source) => source.readyState !== FakeSource.CLOSED);

beforeEach(() => {
  heard = [];
  FakeSource.all = [];
  FakeChannel.all.clear();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("BroadcastChannel", FakeChannel);
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("seven pages have one stream, and each hears everything", () => {
  const pages = [page(), page(), page(), page(), page(), page()];
  expect(reading().length).toBe(1);
  FakeSource.all[0]?.connect();
  pages.push(page());
  FakeSource.all[0]?.send("image.added", "{}");
  expect(reading().length).toBe(1);
  expect(heard).toEqual(pages.map(() => ["opened", "image.added {}"]));
  expect(pages.every((each) => each.isOpen())).toBe(true);
});

test("when the page that reads is closed, another one goes on", async () => {
  const [first, second] = [page(), page()];
  FakeSource.all[0]?.connect();
  first.close();
  await Promise.resolve();
  await Promise.resolve();
  expect(reading().length).toBe(1);
  reading()[0]?.connect();
  reading()[0]?.send("image.added", "1");
  expect(heard[0]).toEqual(["opened"]);
  expect(heard[1]).toEqual(["opened", "opened", "image.added 1"]);
  second.close();
  expect(reading()).toEqual([]);
});

test("a page that hears nothing takes over, and the silent one hears from it", async () => {
  const [, second] = [page(), page()];
  FakeSource.all[0]?.connect();
  second.reopen();
  await new Promise((done) => setTimeout(done));
  expect(reading().length).toBe(1);
  expect(FakeSource.all[0]?.readyState).toBe(FakeSource.CLOSED);
  reading()[0]?.connect();
  reading()[0]?.send("image.added", "1");
  expect(heard[0]?.at(-1)).toBe("image.added 1");
  expect(heard[1]?.at(-1)).toBe("image.added 1");
});

test("a page being left, which gets no lock any more, asks once and reads on its own", async () => {
  // WebKit takes the lock from a page that is reloaded, and refuses each request of it from then on.
  const locks = new FakeLocks();
  vi.stubGlobal("navigator", { locks });
  const left = page();
  let asked = 0;
  const refuse = () => {
    asked += 1;
    return asked > 100 ? new Promise<void>(() => {}) : Promise.reject(new Error("InvalidStateError"));
  };
  const thief = locks.request("clinicpro-events /events", { steal: true }, () => Promise.resolve());
  locks.request = refuse;
  await thief;
  await new Promise((done) => setTimeout(done));
  expect(asked).toBe(1);
  expect(reading().length).toBe(1);
  left.close();
  expect(reading()).toEqual([]);
});

test("without locks each page has its own stream", () => {
  vi.stubGlobal("navigator", {});
  const pages = [page(), page()];
  expect(reading().length).toBe(2);
  for (const each of pages) each.close();
  expect(reading()).toEqual([]);
});
