// When Preact draws what a press or a key did: after the browser has painted the press itself, so that it is seen at once.
import { options } from "preact";

/** Before a press or a key is handled, what was done before is drawn. */
const PRESSES = ["pointerdown", "pointerup", "keydown"] as const;
/**
 * Nothing is drawn before these are handled: the box has its new text or tick already, and drawing what is known so far
 * would take it away. What they change is drawn after their paint too.
 */
const CHANGES = ["click", "input", "change", "keyup"] as const;
/** A page that isn't shown, or a frame out of sight, is not painted. */
const LATEST_MS = 100;

/** Whether an input waits for its paint: which one of them, and the timer of the latest time. */
let pressed = false;
let turn = 0;
let latest: ReturnType<typeof setTimeout> | undefined;
let draw: (() => void) | null = null;
let next: (() => void)[] = [];

/**
 * From now on, what changes between an input and the next paint is drawn after that paint: the button shows that it is
 * pressed, the box what was typed, and the rest of the page follows. Whatever else changes is drawn at once, as ever.
 * No press meets a page that is behind: it first draws what is left.
 */
export function drawAfterPaint(): void {
  options.debounceRendering = (drawing) => {
    if (pressed) draw = drawing;
    else queueMicrotask(drawing);
  };
  const listen = (name: string, hear: () => void) => window.addEventListener(name, hear, { capture: true });
  for (const name of PRESSES) listen(name, drawRest);
  for (const name of [...PRESSES, ...CHANGES]) listen(name, waitForPaint);
}

/** Calls the task once the page shows what was changed before, and before any later press. */
export function onceDrawn(task: () => void): void {
  if (pressed) next.push(task);
  else queueMicrotask(task);
}

/** Resolves once what was changed before has been painted. */
export const painted = () => new Promise<void>((done) => onceDrawn(() => afterPaint(done)));

function waitForPaint(): void {
  pressed = true;
  turn += 1;
  const mine = turn;
  afterPaint(() => mine === turn && goOn());
  latest ??= setTimeout(goOn, LATEST_MS);
}

function goOn(): void {
  clearTimeout(latest);
  latest = undefined;
  pressed = false;
  drawRest();
}

function drawRest(): void {
  const [drawing, tasks] = [draw, next];
  [draw, next] = [null, []];
  drawing?.();
  for (const task of tasks) task();
}

/** Calls the task once the next frame has been painted. */
export const afterPaint = (task: () => void) => requestAnimationFrame(() => setTimeout(task));
