// Whether the list of commands is open. What is in it comes with its dialog.
import { signal } from "@preact/signals";

export function createCommands() {
  const open = signal(false);
  const show = () => {
    open.value = true;
  };
  const close = () => {
    open.value = false;
  };
  return { open, show, close };
}

export type CommandsSlice = ReturnType<typeof createCommands>;
