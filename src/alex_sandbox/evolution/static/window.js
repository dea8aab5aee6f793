// What the parts of the desktop window share.

export const $ = (selector, within = document) => within.querySelector(selector);
export const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

export const windowState = () => new URLSearchParams(new FormData($("[data-launch]")));

export function togglePalette() {
  const away = document.body.classList.toggle("palette-away");
  $("[data-palette-button]").setAttribute("aria-expanded", String(!away));
}
