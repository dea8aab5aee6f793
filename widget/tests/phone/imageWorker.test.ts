// The worker is started before the first image; one that could not be fetched then, or hangs, must not keep that image waiting.
import { afterEach, expect, test, vi } from "vitest";
import { createImageWorker } from "../../src/phone/capture/preparing/imageWorker";
import { createLazyWorker } from "../../src/phone/capture/preparing/lazyWorker";

const workers: StubWorker[] = [];

/** A browser's worker that answers once it is loaded; `fail` is its script not coming. */
class StubWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: (() => void) | null = null;
  terminated = false;

  constructor() {
    workers.push(this);
  }
  postMessage({ number, bitmap }: { number: number; bitmap?: unknown }) {
    const data = bitmap ? { number, encoded: "encoded" } : { number, prepared: "prepared" };
    queueMicrotask(() => this.onmessage?.({ data }));
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
  vi.stubGlobal("createImageBitmap", async () => "bitmap");
  return createImageWorker();
}

const CANVAS = {} as HTMLCanvasElement;

afterEach(() => {
  workers.length = 0;
  vi.useRealTimers();
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

test("a frame is encoded while an image is prepared, and each gets its own answer", async () => {
  const images = createdHere();
  const both = [images.prepare(new Blob(["image"])), images.encode(CANVAS, 0.95)];
  expect(await Promise.all(both)).toEqual(["prepared", "encoded"]);
  expect(workers.length).toBe(1);
});

test("a worker that dies answers everything it was asked, and one that hangs is given up", async () => {
  const images = createdHere();
  images.warm();
  const [first] = workers as [StubWorker];
  first.postMessage = () => {};
  const both = [images.prepare(new Blob(["image"])), images.prepare(new Blob(["other"]))];
  first.fail();
  expect(await Promise.all(both)).toEqual([null, null]);

  vi.useFakeTimers();
  images.warm();
  const second = workers[1] as StubWorker;
  second.postMessage = () => {};
  const frame = images.encode(CANVAS, 0.95);
  const image = images.prepare(new Blob(["image"]));
  await vi.advanceTimersByTimeAsync(10_000);
  // The page encodes it; the worker may only be slow.
  expect(await frame).toBe(null);
  expect(second.terminated).toBe(false);
  await vi.advanceTimersByTimeAsync(50_000);
  expect(await image).toBe(null);
  expect(second.terminated).toBe(true);
});

test("in a browser that starts no worker, an image goes as it is instead of failing", async () => {
  vi.stubGlobal("OffscreenCanvas", class {});
  vi.stubGlobal(
    "Worker",
    class {
      constructor() {
        throw new DOMException("refused", "SecurityError");
      }
    },
  );
  const images = createLazyWorker();
  images.warm();
  expect(await images.prepare(new Blob(["image"]))).toBe(null);
});
