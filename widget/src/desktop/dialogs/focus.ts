// Where the focus goes when a key or a closing dialog sends it somewhere.

const first = (selector: string) => document.querySelector<HTMLElement>(selector);

export const focusDetails = () => first("#body-site [tabindex='0'], #body-site input")?.focus();

export const focusImages = () => first(".thumb[aria-current='true']")?.focus();

/** After a dialog: back to the images where what had opened it is gone. */
export function focusSomewhere() {
  const here = document.activeElement;
  if (here && here !== document.body) return;
  (
    first(".filed-status .button") ??
    first(".thumb[aria-current='true']") ??
    first(".add-images input")
  )?.focus();
}
