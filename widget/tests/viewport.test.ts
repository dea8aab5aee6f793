// Looking closer never touches what is drawn, crops keep their shape, and keys go from mark to mark.
import { describe, expect, test } from "vitest";
import { createEditorState } from "../src/editor/state/editorState";
import { EDGES, frame, shown } from "../src/editor/state/geometry";
import { drawn } from "../src/editor/state/marks";
import { pulledInShape, RATIOS, toShape } from "../src/editor/state/shapes";
import { type Shape, UNTOUCHED } from "../src/editor/types";

const IMAGE = { width: 4032, height: 3024 };
const SHAPES = ["1:1", "4:3", "3:4", "3:2", "2:3"] as const;

function opened() {
  const editing = createEditorState(IMAGE, (words, size) => words.length * size);
  editing.viewport.room.value = { x: 1000, y: 700 };
  return editing;
}

describe("looking closer", () => {
  test("what lies under the pointer stays there, and the sheet is the same object", () => {
    const { viewport, now } = opened();
    const before = now();
    const place = { x: 730, y: 210 };
    const under = viewport.inFrame(place);
    viewport.by(3, { x: place.x - 500, y: place.y - 350 });
    expect(viewport.onCanvas(under).x).toBeCloseTo(place.x, 6);
    expect(viewport.onCanvas(under).y).toBeCloseTo(place.y, 6);
    expect(now()).toBe(before);
  });

  test("a 12-megapixel photo can be looked at until each of its pixels is two of the screen's", () => {
    const { viewport } = opened();
    for (let press = 0; press < 20; press++) viewport.closer();
    expect(viewport.zoom.value).toBeCloseTo(2, 6);
    expect(viewport.atMost.value).toBe(true);
    viewport.whole();
    expect(viewport.near.value).toBe(false);
    expect(viewport.percent.value).toBe("100 %");
  });

  test("two fingers end where they end: the way there, one finger after the other, changes nothing", () => {
    const at = (x: number, y = 0) => ({ x, y });
    const [slow, quick] = [opened().viewport, opened().viewport];
    const grip = slow.gripped([at(-40), at(40)]);
    for (let step = 1; step <= 8; step++) {
      grip([at(-40 - step * 15), at(40 + (step - 1) * 15)]);
      grip([at(-40 - step * 15), at(40 + step * 15)]);
    }
    quick.gripped([at(-40), at(40)])([at(-160), at(160)]);
    expect(slow.percent.value).toBe("400 %");
    expect(slow.onCanvas({ x: 0, y: 0 })).toEqual(quick.onCanvas({ x: 0, y: 0 }));
    const lifted = slow.gripped([at(-160), at(160)]);
    lifted([at(-120, 30), at(200, 30)]);
    expect(slow.onCanvas({ x: 0, y: 0 }).x - quick.onCanvas({ x: 0, y: 0 }).x).toBeCloseTo(40, 6);
    expect(slow.onCanvas({ x: 0, y: 0 }).y - quick.onCanvas({ x: 0, y: 0 }).y).toBeCloseTo(30, 6);
  });

  test("the photo can't be pushed off the board", () => {
    const { viewport } = opened();
    viewport.by(4);
    viewport.pan({ x: 99_999, y: -99_999 });
    const [left, bottom] = [viewport.onCanvas({ x: -2016, y: 0 }).x, viewport.onCanvas({ x: 0, y: 1512 }).y];
    expect(left).toBeCloseTo(14, 6);
    expect(bottom).toBeCloseTo(700 - 14, 6);
  });

  test("a mark placed by key lies in the middle of what is on the screen, and is as fine as it looks", () => {
    const editing = opened();
    editing.choose("circle");
    editing.place();
    const whole = editing.selected.value;
    editing.chosen.value = null;
    editing.viewport.by(5, { x: 300, y: 200 });
    const { x, y, width, height } = editing.viewport.visible();
    editing.place();
    const near = editing.selected.value;
    if (whole?.kind !== "circle" || near?.kind !== "circle") throw new Error("no circles");
    expect(near.box.x + near.box.width / 2 - 2016).toBeCloseTo(x + width / 2, 6);
    expect(near.box.y + near.box.height / 2 - 1512).toBeCloseTo(y + height / 2, 6);
    expect(near.size).toBeLessThan(whole.size / 3);
  });

  test("turning, or beginning or ending to crop, shows the whole again", () => {
    const editing = opened();
    editing.viewport.by(5);
    editing.turn(1);
    expect(editing.viewport.near.value).toBe(false);
    editing.viewport.by(5);
    editing.choose("crop");
    expect(editing.viewport.near.value).toBe(false);
    editing.viewport.by(5);
    editing.grow(0.5);
    expect(editing.viewport.near.value).toBe(true);
    editing.choose("select");
    expect(editing.viewport.near.value).toBe(false);
  });
});

describe("going from mark to mark", () => {
  test("forwards and backwards, round and round, each said with its number and brought into view", () => {
    const editing = opened();
    const pen = { colour: "red", size: 10 } as const;
    editing.add(
      drawn("arrow", 1, pen, [
        { x: 10, y: 10 },
        { x: 200, y: 90 },
      ]),
    );
    editing.add(
      drawn("blur", 2, pen, [
        { x: 3800, y: 2900 },
        { x: 3900, y: 3000 },
      ]),
    );
    editing.chosen.value = null;
    editing.choose("circle");
    editing.viewport.by(6);
    editing.cycle(1);
    expect(editing.announcement.value).toBe("Arrow, 1 of 2.");
    expect(editing.tool.value).toBe("select");
    const { x, y } = editing.viewport.onCanvas({ x: 105 - 2016, y: 50 - 1512 });
    expect(x > 0 && y > 0 && x < 1000 && y < 700).toBe(true);
    editing.cycle(1);
    expect(editing.announcement.value).toBe("Blurred area, 2 of 2.");
    editing.cycle(1);
    expect(editing.chosen.value).toBe(1);
    editing.cycle(-1);
    expect(editing.chosen.value).toBe(2);
    editing.chosen.value = null;
    editing.cycle(-1);
    expect(editing.chosen.value).toBe(2);
  });

  test("with nothing drawn it says so", () => {
    const editing = opened();
    editing.cycle(1);
    expect(editing.announcement.value).toBe("Nothing is drawn yet.");
  });

  test("where a mark was moved to is said when the key is let go", () => {
    const editing = opened();
    editing.choose("arrow");
    editing.place();
    editing.nudge(1, 0, 403);
    editing.rest();
    expect(editing.announcement.value).toMatch(/^Arrow: \d+ % across, \d+ % down\.$/);
  });
});

describe.each(SHAPES)("a crop of %s", (shape: Shape) => {
  const ratio = RATIOS[shape];
  const whole = frame(IMAGE, UNTOUCHED);
  const near = ({ width, height }: { width: number; height: number }) =>
    expect(Math.abs(width - height * ratio)).toBeLessThanOrEqual(Math.max(1, ratio));

  test("is as large as fits, and keeps its shape when sized, stretched and straightened", () => {
    const editing = opened();
    editing.shape(shape);
    const first = shown(IMAGE, editing.now());
    near(first);
    expect(first.width === 4032 || first.height === 3024).toBe(true);
    editing.grow(0.5);
    near(shown(IMAGE, editing.now()));
    editing.stretch(1, 0, 200);
    near(shown(IMAGE, editing.now()));
    editing.stretch(0, 1, -90);
    near(shown(IMAGE, editing.now()));
    editing.grow(30);
    editing.straighten(12);
    near(shown(IMAGE, editing.now()));
  });

  test("turns along, and back to the pixel", () => {
    const editing = opened();
    editing.shape(shape);
    const before = shown(IMAGE, editing.now());
    editing.turn(1);
    const { width, height } = shown(IMAGE, editing.now());
    expect([height, width]).toEqual([before.width, before.height]);
    editing.turn(-1);
    expect(shown(IMAGE, editing.now())).toEqual(before);
    expect(editing.now().shape).toBe(shape);
  });

  test.each(EDGES)(
    "pulled at $x, $y it keeps its shape and stays inside, and what lies opposite stays",
    (edge) => {
      const box = toShape({ x: -400, y: -300, width: 900, height: 500 }, shape, whole);
      for (const to of [
        { x: 5000, y: 4000 },
        { x: -5000, y: 4000 },
        { x: 120, y: -80 },
      ]) {
        const next = pulledInShape(box, edge, to, shape, whole);
        expect(next.width).toBeCloseTo(next.height * ratio, 6);
        expect(next.x).toBeGreaterThanOrEqual(whole.x - 1e-6);
        expect(next.y).toBeGreaterThanOrEqual(whole.y - 1e-6);
        expect(next.x + next.width).toBeLessThanOrEqual(whole.x + whole.width + 1e-6);
        expect(next.y + next.height).toBeLessThanOrEqual(whole.y + whole.height + 1e-6);
        const fixed = (one: typeof box) => one.x + one.width * (1 - edge.x);
        if (edge.x !== 0.5) expect(fixed(next)).toBeCloseTo(fixed(box), 6);
      }
    },
  );
});

test("a shape can be undone like anything else, and the whole photo has none", () => {
  const editing = opened();
  editing.shape("1:1");
  editing.uncrop();
  expect(editing.now()).toEqual(UNTOUCHED);
  editing.undo();
  expect(editing.now().shape).toBe("1:1");
  editing.undo();
  expect(editing.now()).toEqual(UNTOUCHED);
});
