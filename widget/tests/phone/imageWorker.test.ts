// The worker is started before the first image; one that could not be fetched then must not keep that image waiting.
import { afterEach, expect, test, vi } from "vitest";
import { createImageWorker } from "../../src/phone/capture/preparing/imageWorker";

const workers: StubWorker[] = [];

/** A browser's worker that answers once it is loaded; `fail` is its script not coming. */
class StubWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  terminated = false;

  constructor() {
    workers.push(this);
  }
  postMessage({ number }: { number: number }) {
    queueMicrotask(() => this.onmessage?.({ data: { number, prepared: "prepared" } }));
  }
  terminate() {
    this.terminated = true;
  }
  fail() {
    this.postMessage = () => {};
    this.onerror?.();
  }
}

function createdHere() {
  vi.stubGlobal("OffscreenCanvas", class {});
  vi.stubGlobal("Worker", StubWorker);
  return createImageWorker();
}

afterEach(() => {
  workers.length = 0;
  vi.unstubAllGlobals();
});

test("the worker that was warmed takes the first image", async () => {
  const images = createdHere();
  images.warm();
  images.warm();
  expect(await images.prepare(new Blob(["image"]))).toBe("prepared");
  expect(workers.length).toBe(1);
});

test("a worker whose script did not come is replaced for the image", async () => {
  const images = createdHere();
  images.warm();
  workers[0]?.fail();
  expect(await images.prepare(new Blob(["image"]))).toBe("prepared");
  expect(workers.map(({ terminated }) => terminated)).toEqual([true, false]);
});

test("a worker that dies between two images is replaced for the second", async () => {
  const images = createdHere();
  await images.prepare(new Blob(["first"]));
  workers[0]?.fail();
  expect(await images.prepare(new Blob(["second"]))).toBe("prepared");
  expect(workers.length).toBe(2);
});
