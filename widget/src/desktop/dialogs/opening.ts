// Whether a dialog is open. What is in it may come later than the press that opens it.
import { signal } from "@preact/signals";

export function createOpening() {
  const open = signal(false);
  const show = () => {
    open.value = true;
  };
  const close = () => {
    open.value = false;
  };
  return { open, show, close };
}
