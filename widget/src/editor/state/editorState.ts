// The state of one image being edited: the sheet with its history, the tool, the selection, and all operations.

import { computed, signal } from "@preact/signals";
import { locale } from "../locale";
import { type Colour, type Mark, type Point, type Sheet, type Size, type Tool, UNTOUCHED } from "../types";
import { cropSize, markName, positionAmong, positionOf } from "./announcements";
import { frame, shown, toFrame, toImage } from "./geometry";
import { begun, changed, redone, undone } from "./history";
import { added, drawn, inside, middle, nextId, replaced, without, written } from "./marks";
import { createTransform } from "./transform";
import { createViewport } from "./viewport";

/** Around the whole image there is room for a crop's handles. */
const MARGINS = { crop: 28, other: 14 };

/** `measure` says how wide words of a size will be. */
export function createEditorState(image: Size, measure: (words: string, size: number) => number) {
  const history = signal(begun<Sheet>(UNTOUCHED));
  /** While a pointer is down: how it would be. */
  const sketch = signal<Sheet | null>(null);
  const tool = signal<Tool>("select");
  const colour = signal<Colour>("yellow");
  const weight = signal<1 | 2 | 3>(2);
  const chosen = signal<number | null>(null);
  /** The text that is being typed, in its place on the image. */
  const typing = signal<number | null>(null);
  const announcement = signal("");

  const sheet = computed(() => sketch.value ?? history.value.now);
  const view = computed(() => shown(image, sheet.value));
  const selected = computed(() => sheet.value.marks.find((mark) => mark.id === chosen.value) ?? null);
  const cropping = computed(() => tool.value === "crop");
  const viewport = createViewport(
    computed(() => (cropping.value ? frame(image, sheet.value) : view.value)),
    computed(() => (cropping.value ? MARGINS.crop : MARGINS.other)),
  );
  const canUndo = computed(() => history.value.past.length > 0);
  const canRedo = computed(() => history.value.future.length > 0);

  const now = () => history.value.now;

  /** Strokes in proportion to the visible part: an arrow in a small crop, or drawn while zoomed in, is small. */
  const pen = () => {
    const { width, height } = viewport.visible();
    return { colour: colour.value, size: (Math.max(width, height) * weight.value) / 420 };
  };

  /** Nothing lies beyond the picture: what is drawn or moved past its edge is kept inside. */
  function change(next: Sheet, going: string | null = null) {
    sketch.value = null;
    const marks = next.marks.map((mark) => (now().marks.includes(mark) ? mark : inside(mark, image, next)));
    history.value = changed(history.value, next === now() ? next : { ...next, marks }, going);
  }

  const announce = (words: string) => {
    announcement.value = words;
  };

  function choose(next: Tool) {
    tool.value = next;
    // A crop's handles lie at the image's edges.
    if (next === "crop") viewport.whole();
    if (next !== "select" && selected.value?.kind !== next) chosen.value = null;
  }

  function add(mark: Mark) {
    change(added(now(), mark));
    chosen.value = mark.id;
    announce(locale.announce.added(markName(mark)));
  }

  /** The middle of the visible part, in the image's pixels, with room around it. */
  function centre(): { at: Point; reach: number } {
    const { x, y, width, height } = viewport.visible();
    const at = toImage(image, now(), { x: x + width / 2, y: y + height / 2 });
    return { at, reach: Math.min(width, height) / 6 };
  }

  /** The mark after the chosen one, or before it, as they were drawn; round and round. */
  function cycle(by: 1 | -1) {
    const { marks } = now();
    if (marks.length === 0) return announce(locale.announce.nothing);
    const at = marks.findIndex(({ id }) => id === chosen.value);
    const start = by === 1 ? -1 : 0;
    const mark = marks[((at < 0 ? start : at) + by + marks.length) % marks.length];
    if (!mark) return;
    choose("select");
    chosen.value = mark.id;
    viewport.reveal(toFrame(image, now(), middle(mark)));
    announce(positionAmong(marks, mark));
  }

  /** A new text, empty until something is typed; what is typed belongs to the same step. */
  function write(at: Point, words = "") {
    settleText();
    const { size, colour: ink } = pen();
    const mark = written(nextId(now()), { colour: ink, size }, at, words, measure(words, size));
    change(added(now(), mark), `words ${mark.id}`);
    chosen.value = mark.id;
    typing.value = mark.id;
  }

  const type = (id: number) => {
    chosen.value = id;
    typing.value = id;
  };

  /** Enter, Esc, or a press elsewhere: what was typed stays, and a text without a letter never was. */
  function settleText() {
    const id = typing.value;
    if (id === null) return;
    typing.value = null;
    const mark = now().marks.find((one) => one.id === id);
    if (mark?.kind !== "text") return;
    if (mark.words.trim()) {
      announce(locale.announce.added(markName(mark)));
      return rest();
    }
    chosen.value = null;
    const before = history.value.past.at(-1);
    const fresh = before !== undefined && !before.marks.some((one) => one.id === id);
    if (fresh) history.value = { ...undone(history.value), future: [] };
    else change(without(now(), id), `words ${id}`);
  }

  /** For the keyboard: places a mark of the current tool in the middle. */
  function place() {
    const kind = tool.value;
    if (kind === "select" || kind === "crop") return;
    const { at, reach } = centre();
    if (kind === "text") return write(at);
    const from = { x: at.x - reach, y: at.y + reach };
    const to = kind === "arrow" ? at : { x: at.x + reach, y: at.y - reach };
    add(drawn(kind, nextId(now()), pen(), [from, to]));
  }

  function alter(next: Mark, going: string | null = null) {
    change(replaced(now(), next), going);
  }

  const onSelected = (act: (mark: Mark) => Mark, going: string) => {
    if (selected.value) alter(act(selected.value), `${going} ${selected.value.id}`);
  };

  function remove() {
    const mark = selected.value;
    if (!mark) return;
    change(without(now(), mark.id));
    chosen.value = null;
    announce(locale.announce.deleted(markName(mark)));
  }

  function rewrite(words: string) {
    onSelected(
      (mark) => (mark.kind === "text" ? { ...mark, words, width: measure(words, mark.size) } : mark),
      "words",
    );
  }

  function paint(next: Colour) {
    colour.value = next;
    const mark = selected.value;
    if (mark && mark.kind !== "blur" && mark.colour !== next) alter({ ...mark, colour: next });
  }

  function thicken(next: 1 | 2 | 3) {
    weight.value = next;
    const mark = selected.value;
    if (!mark || mark.kind === "blur") return;
    const { size } = pen();
    alter(mark.kind === "text" ? { ...mark, size, width: measure(mark.words, size) } : { ...mark, size });
  }

  const transform = createTransform({
    image,
    now,
    change,
    announce,
    alterSelected: onSelected,
    selected,
    tool,
  });

  const announced = (act: () => void) => () => {
    act();
    announce(viewport.near.value ? locale.announce.enlarged(viewport.percent.value) : locale.announce.whole);
  };

  function undo() {
    const { now: before } = history.value;
    settleText();
    // An empty text that goes away is what is taken back.
    if (history.value.now !== before || !canUndo.value) return;
    sketch.value = null;
    viewport.holding(() => {
      history.value = undone(history.value);
    });
    announce(locale.announce.undone);
  }

  function redo() {
    if (!canRedo.value) return;
    viewport.holding(() => {
      history.value = redone(history.value);
    });
    announce(locale.announce.redone);
  }

  function reset() {
    change(UNTOUCHED);
    chosen.value = null;
    announce(locale.announce.reset);
  }

  /** A held key was let go, a slider too: what follows is another step. */
  const rest = () => {
    const { going } = history.value;
    if (going === null) return;
    history.value = { ...history.value, going: null };
    if (going.startsWith("crop")) announce(cropSize(image, now()));
    else if (going.startsWith("move") && selected.value) announce(positionOf(image, now(), selected.value));
  };

  return {
    image,
    sheet,
    sketch,
    view,
    viewport,
    tool,
    colour,
    weight,
    chosen,
    typing,
    type,
    settleText,
    selected,
    canUndo,
    canRedo,
    announcement,
    now,
    pen,
    change,
    choose,
    cycle,
    add,
    write,
    place,
    alter,
    remove,
    rewrite,
    paint,
    thicken,
    ...transform,
    closer: announced(viewport.closer),
    farther: announced(viewport.farther),
    whole: announced(viewport.whole),
    undo,
    redo,
    reset,
    rest,
  };
}

export type EditorState = ReturnType<typeof createEditorState>;
