// The page's keys, wherever nothing else uses them. A button takes a letter as its key with aria-keyshortcuts="E".
import { useEffect } from "preact/hooks";
import { onceDrawn } from "../../shared/ui/drawing";
import { useStore } from "../context";
import { focusDetails, focusImages } from "../dialogs/focus";
import type { Store } from "../store";

/** Down moves by as many images as the grid is wide; in a strip there is no down. */
function columns(): number {
  const grid = document.querySelector(".thumbs");
  if (!grid || getComputedStyle(grid).gridAutoFlow.startsWith("column")) return 1;
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}

const within = (target: EventTarget | null, selector: string) =>
  target instanceof Element && target.closest(selector) !== null;
const typing = (target: EventTarget | null) =>
  within(target, "input:not([type='checkbox']):not([type='file']), textarea, select, dialog");
const busy = (target: EventTarget | null) =>
  typing(target) || within(target, "[role='group']:not(.stage-frame)");

const STEPS: Record<string, () => number> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: () => -columns(),
  ArrowDown: () => columns(),
};

/** Images from anywhere, also while describing one: the focus goes to the next one's body site. */
function paged({ images }: Store, event: KeyboardEvent): boolean {
  const step = { PageUp: -1, PageDown: 1 }[event.key];
  if (!step || within(event.target, "textarea")) return false;
  const describing = within(event.target, ".details");
  images.move(step);
  // Right after the drawing and before the next key: a user who types at once loses no letter.
  if (describing) onceDrawn(focusDetails);
  return true;
}

/** Out of the details, back to the images. */
function leaveDetails(event: KeyboardEvent): boolean {
  if (event.key !== "Escape" || !within(event.target, ".details")) return false;
  focusImages();
  return true;
}

function withCtrl({ images, filing, undo, commands }: Store, event: KeyboardEvent): boolean {
  if (event.key === "Enter") void filing.review();
  else if (event.key === "k") commands.show();
  else if (typing(event.target)) return false;
  else if (event.key === "z") return undo.undo();
  else if (event.key === "a" && images.all.value.length) images.pickAll();
  else if (event.key === " " && images.selected.value) images.toggle(images.selected.value.id);
  else if (event.key === "ArrowLeft" || event.key === "ArrowUp") images.shift(-1);
  else if (event.key === "ArrowRight" || event.key === "ArrowDown") images.shift(1);
  else return false;
  return true;
}

/** The removed image held the focus; its neighbour takes it over. */
function removePicked({ images }: Store) {
  const focused = document.activeElement?.classList.contains("thumb");
  images.removePicked();
  if (focused) onceDrawn(focusImages);
}

function pressLetter(letter: string): boolean {
  const button = document.querySelector<HTMLButtonElement>(`[aria-keyshortcuts="${CSS.escape(letter)}"]`);
  if (!button || button.disabled) return false;
  // A button that is off and has a reason says it when it is pressed.
  if (button.getAttribute("aria-disabled") === "true" && !button.hasAttribute("data-reason")) return false;
  button.click();
  return true;
}

function plain(store: Store, event: KeyboardEvent): boolean {
  const { images, preferences, help } = store;
  const step = STEPS[event.key];
  if (step && images.selected.value) images.move(step(), event.shiftKey);
  else if (event.key === "Delete" && images.selected.value) {
    if (!event.repeat) removePicked(store);
  } else if (event.key === "Enter" && event.target === document.body) focusDetails();
  else if (event.key === "Escape" && images.picked.value.length > 1) images.pickOne();
  else if (!preferences.keys.value || event.key.length !== 1) return false;
  else if (event.key === "?") help.show();
  else return pressLetter(event.key.toUpperCase());
  return true;
}

export function Keyboard() {
  const store = useStore();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey || event.isComposing) return;
      if (document.querySelector("dialog[open]")) return;
      const ctrl = event.ctrlKey || event.metaKey;
      const done = ctrl
        ? withCtrl(store, event)
        : paged(store, event) || leaveDetails(event) || (!busy(event.target) && plain(store, event));
      if (done) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [store]);
  return null;
}
