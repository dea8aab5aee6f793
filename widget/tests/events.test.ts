// Listening to the gateway: events where they get through, asking every few seconds where they don't.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Handlers, listenAt, sessionEvents } from "../src/api/stream/events";
import { image } from "./fakes";

class FakeStream {
  static OPEN = 1;
  static CLOSED = 2;
  static last: FakeStream;
  static opened = 0;
  readyState = 0;
  onopen = () => {};
  onerror = () => {};
  heard = new Map<string, (event: { data: string }) => void>();
  constructor(readonly address: string) {
    FakeStream.last = this;
    FakeStream.opened += 1;
  }
  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.heard.set(name, listener);
  }
  close() {
    this.readyState = FakeStream.CLOSED;
  }
}

let asked = 0;
let silences = 0;
let heard: unknown[] = [];
let signs = 0;
const on: Handlers = {
  "image.added": (data) => heard.push(["image.added", data]),
  "image.removed": (data) => heard.push(["image.removed", data]),
  "handoff.updated": (data) => heard.push(["handoff.updated", data]),
};
const listener = {
  on,
  heard: () => {
    signs += 1;
  },
  catchUp: async () => {
    asked += 1;
  },
  silent: () => {
    silences += 1;
  },
};

/** Time goes by, with the server's heartbeats. */
function beat(times: number) {
  for (let beats = 0; beats < times; beats += 1) {
    vi.advanceTimersByTime(15_000);
    FakeStream.last.heard.get("heartbeat")?.({ data: "{}" });
  }
}

beforeEach(() => {
  asked = 0;
  silences = 0;
  heard = [];
  signs = 0;
  FakeStream.opened = 0;
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeStream);
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("navigator", {}); // without locks, so that this page has a stream of its own
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a stream that is refused is replaced by asking, until one gets through again", () => {
  const stop = listenAt("/events", listener);
  FakeStream.last.readyState = FakeStream.CLOSED;
  FakeStream.last.onerror();
  vi.advanceTimersByTime(12_000);
  expect(asked).toBe(3);
  vi.advanceTimersByTime(3_000);
  expect(FakeStream.opened).toBe(2);
  FakeStream.last.onopen();
  const before = asked;
  beat(4);
  expect(asked).toBe(before);
  stop();
});

test("a stream that is open and brings nothing is replaced by asking, and opened again", () => {
  const stop = listenAt("/events", listener);
  FakeStream.last.onopen();
  beat(2);
  expect([asked, FakeStream.opened, signs]).toEqual([1, 1, 2]);
  vi.advanceTimersByTime(44_000);
  expect(FakeStream.opened).toBe(2);
  expect(asked).toBeGreaterThan(1);
  FakeStream.last.onopen();
  const before = asked;
  beat(4);
  expect(asked).toBe(before);
  stop();
});

test("while a phone is awaited, everything is read again now and then", () => {
  let awaited = true;
  const stop = listenAt("/events", { ...listener, watchful: () => awaited });
  FakeStream.last.onopen();
  beat(2);
  expect(asked).toBe(3);
  awaited = false;
  beat(2);
  expect(asked).toBe(3);
  stop();
});

test("a stream that only reconnects slowly is helped out by asking", () => {
  const stop = listenAt("/events", listener);
  FakeStream.last.onerror();
  vi.advanceTimersByTime(4_900);
  expect(asked).toBe(0);
  vi.advanceTimersByTime(4_200);
  expect(asked).toBe(1);
  stop();
});

test("a browser without a network asks until it has one again, though the stream never broke", () => {
  const stop = listenAt("/events", listener);
  FakeStream.last.readyState = FakeStream.OPEN;
  window.dispatchEvent(new Event("offline"));
  expect(silences).toBe(1);
  vi.advanceTimersByTime(8_000);
  expect(asked).toBe(2);
  window.dispatchEvent(new Event("online"));
  expect(asked).toBe(3);
  beat(4);
  expect(asked).toBe(3);
  stop();
});

const HANDOFF = { id: "h", state: "connected", connected: true, expiresAt: null };
const send = (name: string, data: unknown) =>
  FakeStream.last.heard.get(name)?.({ data: JSON.stringify(data) });

test("each event goes to the handler of its name, and nothing is heard or polled after the end", () => {
  const stop = listenAt(sessionEvents("s 1"), listener);
  expect(FakeStream.last.address).toBe("/api/events?session=s%201");
  send("handoff.updated", HANDOFF);
  expect(heard).toEqual([["handoff.updated", HANDOFF]]);
  FakeStream.last.readyState = FakeStream.CLOSED;
  FakeStream.last.onerror();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(asked).toBe(0);
  expect(FakeStream.opened).toBe(1);
});

test("an image that was removed before its event was delivered is left to the event that says so", () => {
  const stop = listenAt("/events", listener);
  send("image.added", { id: "a" });
  send("image.updated", { id: "a" });
  expect(heard).toEqual([]);
  send("image.removed", { id: "a" });
  send("image.added", image("bb"));
  expect(heard).toEqual([
    ["image.removed", { id: "a" }],
    ["image.added", image("bb")],
  ]);
  expect(signs).toBe(4);
  stop();
});
