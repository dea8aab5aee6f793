// The editor's model: whatever was done in whatever order, undo restores exactly, and nothing is measured on the screen.
import { describe, expect, test } from "vitest";
import { covered, pixelate } from "../src/editor/canvas/blur";
import { createEditorState, type EditorState } from "../src/editor/state/editorState";
import { fitted, frame, shown, straightened, toFrame, toImage, turned } from "../src/editor/state/geometry";
import { begun, changed, redone, undone } from "../src/editor/state/history";
import { bounds, drawn, handles, meant, moved, resized } from "../src/editor/state/marks";
import { type Mark, type Sheet, UNTOUCHED } from "../src/editor/types";

const IMAGE = { width: 4032, height: 3024 };
const ODD = { width: 101, height: 64 };
const measure = (words: string, size: number) => words.length * size;
const PEN = { colour: "yellow", size: 10 } as const;

/** Always the same "random" numbers for a seed. */
function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

const DOINGS: ((editing: EditorState, roll: (sides: number) => number) => void)[] = [
  (editing) => editing.turn(1),
  (editing) => editing.turn(-1),
  (editing, roll) => editing.straighten(roll(300) / 10 - 15),
  (editing, roll) =>
    editing.crop({ x: roll(2000) - 1500, y: roll(2000) - 1500, width: roll(3000), height: roll(3000) }),
  (editing) => editing.uncrop(),
  (editing, roll) => editing.shape((["free", "1:1", "4:3", "3:4", "3:2", "2:3"] as const)[roll(6)] ?? "free"),
  (editing, roll) => editing.cycle(roll(2) ? 1 : -1),
  (editing, roll) => editing.viewport.by(0.5 + roll(30) / 10),
  (editing, roll) => editing.viewport.pan({ x: roll(400) - 200, y: roll(400) - 200 }),
  (editing, roll) => {
    editing.choose((["arrow", "circle", "line", "text", "blur"] as const)[roll(5)] ?? "arrow");
    editing.place();
    // A text is there once something was typed.
    if (editing.typing.value !== null) editing.rewrite("Mole 2");
    editing.settleText();
  },
  (editing, roll) => {
    const marks = editing.sheet.value.marks;
    editing.chosen.value = marks[roll(marks.length || 1)]?.id ?? null;
  },
  (editing, roll) => editing.nudge(roll(3) - 1, roll(3) - 1, roll(50)),
  (editing) => editing.grow(1.1),
  (editing) => editing.point(15),
  (editing) => editing.rewrite("Mole 1"),
  (editing) => editing.paint("red"),
  (editing) => editing.thicken(3),
  (editing) => editing.remove(),
  (editing) => editing.reset(),
];

describe.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("a random session %i", (seed) => {
  test("undone to its beginning is untouched, redone to its end is what it was, step by step", () => {
    const roll = dice(seed);
    const editing = createEditorState(IMAGE, measure);
    const seen: string[] = [JSON.stringify(editing.now())];
    for (let step = 0; step < 120; step++) {
      DOINGS[roll(DOINGS.length)]?.(editing, roll);
      editing.rest();
      const now = JSON.stringify(editing.now());
      if (now !== seen.at(-1)) seen.push(now);
    }
    const back: string[] = [JSON.stringify(editing.now())];
    while (editing.canUndo.value) {
      editing.undo();
      const now = JSON.stringify(editing.now());
      if (now !== back.at(-1)) back.push(now);
    }
    expect(back.toReversed()).toEqual(seen);
    expect(editing.now()).toEqual(UNTOUCHED);
    const forth: string[] = [JSON.stringify(editing.now())];
    while (editing.canRedo.value) {
      editing.redo();
      const now = JSON.stringify(editing.now());
      if (now !== forth.at(-1)) forth.push(now);
    }
    expect(forth).toEqual(seen);
  });

  test("never shows a place outside the photo", () => {
    const roll = dice(seed * 31);
    const editing = createEditorState(ODD, measure);
    for (let step = 0; step < 60; step++) {
      DOINGS[roll(5)]?.(editing, roll);
      const { x, y, width, height } = editing.view.value;
      for (const [right, down] of [
        [0, 0],
        [width, 0],
        [width, height],
        [0, height],
      ] as const) {
        const corner = toImage(ODD, editing.now(), { x: x + right, y: y + down });
        expect(corner.x).toBeGreaterThan(-1e-6);
        expect(corner.y).toBeGreaterThan(-1e-6);
        expect(corner.x).toBeLessThan(ODD.width + 1e-6);
        expect(corner.y).toBeLessThan(ODD.height + 1e-6);
      }
    }
  });
});

test("what is done after an undo takes the place of what was undone", () => {
  let history = changed(changed(begun("a"), "b"), "c");
  history = changed(undone(history), "d");
  expect(redone(history).now).toBe("d");
  expect(undone(history).now).toBe("b");
});

test("more of the same is one step, and something else is another", () => {
  let history = begun(0);
  for (const value of [1, 2, 3]) history = changed(history, value, "slider");
  history = changed(history, 9, "other");
  expect(undone(history).now).toBe(3);
  expect(undone(undone(history)).now).toBe(0);
});

test("quarter turns land on whole pixels, also of a photo with odd edges", () => {
  for (const turns of [0, 1, 2, 3] as const) {
    const sheet: Sheet = { ...UNTOUCHED, turns, crop: { x: -13.2, y: -7.7, width: 20.4, height: 11.1 } };
    const box = shown(ODD, sheet);
    const corner = toImage(ODD, sheet, box);
    expect(Number.isInteger(corner.x) && Number.isInteger(corner.y)).toBe(true);
    expect([box.width, box.height]).toEqual([20, 16]);
  }
});

test("four quarter turns are none, and the crop comes back to the pixel", () => {
  let sheet: Sheet = { ...UNTOUCHED, crop: { x: -100, y: 40, width: 300, height: 200 } };
  const before = sheet;
  for (let turn = 0; turn < 4; turn++) sheet = turned(sheet, 1);
  expect(sheet).toEqual(before);
  expect(turned(turned(before, 1), -1)).toEqual(before);
});

test("straightening back gives the crop back that it had squeezed", () => {
  const crop = { x: -2016, y: -1512, width: 4000, height: 3000 };
  const sheet: Sheet = { ...UNTOUCHED, crop };
  const bent = straightened(sheet, 10);
  expect(shown(IMAGE, bent).width).toBeLessThan(4000);
  expect(shown(IMAGE, straightened(bent, 0))).toEqual(shown(IMAGE, sheet));
});

test("the frame of a straightened photo keeps its shape and its scale", () => {
  const { width, height } = frame(IMAGE, straightened(UNTOUCHED, 5));
  expect(width / height).toBeCloseTo(4 / 3, 2);
  expect(width).toBeLessThan(4032);
});

test("a place in the photo is found again after any turning", () => {
  const place = { x: 1234.5, y: 678.25 };
  for (const turns of [0, 1, 2, 3] as const)
    for (const straighten of [-15, 0, 7.5]) {
      const sheet = { ...UNTOUCHED, turns, straighten };
      const back = toImage(IMAGE, sheet, toFrame(IMAGE, sheet, place));
      expect(back.x).toBeCloseTo(place.x, 6);
      expect(back.y).toBeCloseTo(place.y, 6);
    }
});

test("a box is brought inside and never smaller than a finger can use", () => {
  expect(
    fitted({ x: -900, y: 0, width: 2, height: 5000 }, { x: -50, y: -32, width: 101, height: 64 }),
  ).toEqual({
    x: -50,
    y: -32,
    width: 16,
    height: 64,
  });
});

const MARKS: Mark[] = [
  drawn("arrow", 1, PEN, [
    { x: 10, y: 10 },
    { x: 200, y: 90 },
  ]),
  drawn("circle", 2, PEN, [
    { x: 10, y: 10 },
    { x: 200, y: 90 },
  ]),
  drawn("line", 3, PEN, [
    { x: 10, y: 10 },
    { x: 60, y: 120 },
    { x: 200, y: 90 },
  ]),
  drawn("blur", 4, PEN, [
    { x: 10, y: 10 },
    { x: 200, y: 90 },
  ]),
  { id: 5, ...PEN, kind: "text", at: { x: 100, y: 100 }, words: "Mole", width: 120 },
];

test.each(MARKS)("a moved $kind is the same one elsewhere", (mark) => {
  const there = moved(mark, { x: 30, y: -20 });
  const [before, after] = [bounds(mark, 0), bounds(there, 0)];
  expect(after).toEqual({ ...before, x: before.x + 30, y: before.y - 20 });
  expect(moved(there, { x: -30, y: 20 })).toEqual(mark);
});

test.each(MARKS)("a pulled handle of a $kind follows the pointer", (mark) => {
  const at = mark.kind === "arrow" ? 1 : 2;
  const held = handles(mark, 0)[at] ?? { x: 0, y: 0 };
  const to = { x: held.x + 40, y: held.y + 30 };
  const now = handles(resized(mark, at, to, 0), 0)[at] ?? { x: 0, y: 0 };
  // Words keep their shape, so their corner follows in distance only.
  if (mark.kind === "text") expect(now.x).toBeGreaterThan(held.x);
  else expect(now).toEqual(to);
});

test("a slip of the finger leaves no mark", () => {
  expect(
    meant(
      drawn("arrow", 1, PEN, [
        { x: 5, y: 5 },
        { x: 9, y: 6 },
      ]),
    ),
  ).toBe(false);
});

test("blurred pixels are the average of their cell, and nothing of the others is left", () => {
  const pixels = new Uint8ClampedArray([0, 0, 0, 255, 100, 0, 0, 255, 0, 40, 0, 255, 100, 40, 8, 255]);
  pixelate(pixels, { width: 2, height: 2 }, 2);
  expect([...pixels]).toEqual([50, 20, 2, 255, 50, 20, 2, 255, 50, 20, 2, 255, 50, 20, 2, 255]);
});

test("the pixels under a blur are whole ones, inside the photo", () => {
  expect(covered({ x: -5.5, y: 1.2, width: 20, height: 3.9 }, ODD)).toEqual({
    x: 0,
    y: 1,
    width: 15,
    height: 5,
  });
});

describe("text in its place", () => {
  const texts = (editing: ReturnType<typeof createEditorState>) =>
    editing.now().marks.map((mark) => (mark.kind === "text" ? mark.words : mark.kind));

  test("a text without a letter never was, not even as a step to undo", () => {
    const editing = createEditorState(IMAGE, measure);
    editing.write({ x: 100, y: 100 });
    editing.rewrite("  ");
    editing.settleText();
    expect(texts(editing)).toEqual([]);
    expect(editing.canUndo.value).toBe(false);
  });

  test("what was typed is one step", () => {
    const editing = createEditorState(IMAGE, measure);
    editing.write({ x: 100, y: 100 });
    for (const words of ["9", "9 m", "9 mm"]) editing.rewrite(words);
    editing.settleText();
    expect(texts(editing)).toEqual(["9 mm"]);
    editing.undo();
    expect(texts(editing)).toEqual([]);
    expect(editing.canUndo.value).toBe(false);
  });

  test("emptied, it goes", () => {
    const editing = createEditorState(IMAGE, measure);
    editing.write({ x: 100, y: 100 }, "9 mm");
    editing.settleText();
    editing.type(editing.now().marks[0]?.id ?? 0);
    editing.rewrite("");
    editing.settleText();
    expect(texts(editing)).toEqual([]);
  });

  test.each([
    [5, 5],
    [IMAGE.width - 5, IMAGE.height - 5],
    [-300, 2000],
  ])("at %i, %i it stays inside the picture, however long", (x, y) => {
    const editing = createEditorState(IMAGE, measure);
    editing.write({ x, y });
    for (const words of ["Asymmetric, 9 mm", "W".repeat(80)]) {
      editing.rewrite(words);
      const [mark] = editing.now().marks;
      if (mark?.kind !== "text") throw new Error("no text");
      expect(mark.at.x - mark.width / 2).toBeGreaterThanOrEqual(0);
      expect(mark.at.x + mark.width / 2).toBeLessThanOrEqual(IMAGE.width);
    }
  });
});
