// Listening to the gateway: events where they get through, asking every few seconds where they don't.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenToGateway } from "../src/live";

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
const listener = {
  hear: (name: string, content: unknown) => heard.push([name, content]),
  catchUp: async () => {
    asked += 1;
  },
  silent: () => {
    silences += 1;
  },
};

beforeEach(() => {
  asked = 0;
  silences = 0;
  heard = [];
  FakeStream.opened = 0;
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeStream);
  vi.stubGlobal("window", new EventTarget());
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a stream that is refused is replaced by asking, until one gets through again", () => {
  const stop = listenToGateway("s", listener);
  FakeStream.last.readyState = FakeStream.CLOSED;
  FakeStream.last.onerror();
  vi.advanceTimersByTime(12_000);
  expect(asked).toBe(3);
  vi.advanceTimersByTime(3_000);
  expect(FakeStream.opened).toBe(2);
  FakeStream.last.onopen();
  const before = asked;
  vi.advanceTimersByTime(60_000);
  expect(asked).toBe(before);
  stop();
});

test("a stream that only reconnects slowly is helped out by asking", () => {
  const stop = listenToGateway("s", listener);
  FakeStream.last.onerror();
  vi.advanceTimersByTime(4_900);
  expect(asked).toBe(0);
  vi.advanceTimersByTime(4_200);
  expect(asked).toBe(1);
  stop();
});

test("a browser without a network asks until it has one again, though the stream never broke", () => {
  const stop = listenToGateway("s", listener);
  FakeStream.last.readyState = FakeStream.OPEN;
  window.dispatchEvent(new Event("offline"));
  expect(silences).toBe(1);
  vi.advanceTimersByTime(8_000);
  expect(asked).toBe(2);
  window.dispatchEvent(new Event("online"));
  expect(asked).toBe(3);
  vi.advanceTimersByTime(60_000);
  expect(asked).toBe(3);
  stop();
});

test("events are heard by name, and nothing is heard or asked after the end", () => {
  const stop = listenToGateway("s 1", listener);
  expect(FakeStream.last.address).toBe("/api/events?session=s%201");
  FakeStream.last.heard.get("handoff.updated")?.({ data: '{"id":"h"}' });
  expect(heard).toEqual([["handoff.updated", { id: "h" }]]);
  FakeStream.last.readyState = FakeStream.CLOSED;
  FakeStream.last.onerror();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(asked).toBe(0);
  expect(FakeStream.opened).toBe(1);
});
