// One press does one thing: the second half of a double click, and a key that is held down, do nothing else.

let pressed: Element | null = null;

const buttonAt = (target: EventTarget | null) =>
  target instanceof Element ? target.closest("button") : null;

/**
 * From now on, the second click of a double click is only for the button that got the first: what the first one opened,
 * or moved under the pointer, has not been read yet. A button with `data-once` gets no second click either: it would be
 * about the next photo. And Enter held down presses a button once.
 */
export function pressOnce(): void {
  const stop = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const clicked = (event: MouseEvent) => {
    const button = buttonAt(event.target);
    if (event.detail <= 1) pressed = button;
    else if (button && (button !== pressed || "once" in button.dataset)) stop(event);
  };
  const held = (event: KeyboardEvent) => {
    if (event.repeat && event.key === "Enter" && buttonAt(event.target)) stop(event);
  };
  window.addEventListener("click", clicked, { capture: true });
  window.addEventListener("keydown", held, { capture: true });
}
