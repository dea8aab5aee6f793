// When the page is drawn: after the press is painted, and always before the next input is handled.
import { options } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const PRESSES = ["pointerdown", "pointerup", "keydown"];
const CHANGES = ["click", "input", "change", "keyup"];

let frames: (() => void)[];
let said: string[];
let page: EventTarget;
let drawing: typeof import("../src/shared/ui/drawing");

beforeEach(async () => {
  vi.useFakeTimers();
  [frames, said, page] = [[], [], new EventTarget()];
  vi.stubGlobal("window", page);
  vi.stubGlobal("requestAnimationFrame", (task: () => void) => frames.push(task));
  vi.resetModules();
  drawing = await import("../src/shared/ui/drawing");
  drawing.drawAfterPaint();
});
afterEach(() => {
  delete options.debounceRendering;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What Preact does when something changed. */
const change = (name = "drawn") => options.debounceRendering?.(() => said.push(name));

/** The browser comes to paint. */
function paint() {
  for (const task of frames.splice(0)) task();
  said.push("painted");
  vi.advanceTimersByTime(0);
}

const input = (name: string) => page.dispatchEvent(new Event(name));

test("what changes without an input is drawn at once", async () => {
  change();
  await Promise.resolve();
  expect(said).toEqual(["drawn"]);
});

test.each([...PRESSES, ...CHANGES])("what changes on %s is drawn after the next paint", async (name) => {
  input(name);
  change();
  await Promise.resolve();
  expect(said).toEqual([]);
  paint();
  expect(said).toEqual(["painted", "drawn"]);
  change("later");
  await Promise.resolve();
  expect(said).toEqual(["painted", "drawn", "later"]);
});

test.each(PRESSES)(
  "before %s is handled, what changed before it is drawn, and its tasks are done",
  (name) => {
    input("keydown");
    change();
    drawing.onceDrawn(() => said.push("focused"));
    page.addEventListener(name, () => said.push("handled"));
    input(name);
    expect(said).toEqual(["drawn", "focused", "handled"]);
  },
);

test.each(CHANGES)("before %s is handled, nothing is drawn over what the box has already", (name) => {
  input("keydown");
  change();
  page.addEventListener(name, () => said.push("handled"));
  input(name);
  paint();
  expect(said).toEqual(["handled", "painted", "drawn"]);
});

test("what follows a press is painted too before anything is drawn", () => {
  input("keydown");
  change();
  const [first] = frames.splice(0);
  first?.();
  input("keyup");
  vi.advanceTimersByTime(0);
  expect(said).toEqual([]);
  paint();
  expect(said).toEqual(["painted", "drawn"]);
});

test("keys in close succession are drawn in time", () => {
  for (let time = 0; time < 90; time += 30) {
    input("keydown");
    input("keyup");
    change(`at ${time}`);
    vi.advanceTimersByTime(30);
  }
  expect(said).toEqual(["at 0", "at 30"]);
  vi.advanceTimersByTime(10);
  expect(said).toEqual(["at 0", "at 30", "at 60"]);
});

test("where nothing is painted, it is drawn all the same", () => {
  input("click");
  change();
  vi.advanceTimersByTime(99);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["drawn"]);
  paint();
  expect(said).toEqual(["drawn", "painted"]);
});

test("a task without an input comes right after what changed before it", async () => {
  change();
  drawing.onceDrawn(() => said.push("focused"));
  await Promise.resolve();
  expect(said).toEqual(["drawn", "focused"]);
});

test("painted: the page was drawn and shown", async () => {
  input("click");
  change();
  const shown = drawing.painted().then(() => said.push("go on"));
  paint();
  paint();
  await shown;
  expect(said).toEqual(["painted", "drawn", "painted", "go on"]);
});
