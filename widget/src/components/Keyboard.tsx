// The page's keys: arrows, Enter, Delete, P and ?, wherever nothing else uses them.
import { useEffect } from "preact/hooks";
import { openHelp } from "./Banner";
import { useStore } from "./context";

export const focusDetails = () =>
  document.querySelector<HTMLElement>("#body-site [tabindex='0'], #body-site input")?.focus();

/** Down moves by as many pictures as the grid is wide. */
function columns(): number {
  const grid = document.querySelector(".thumbs");
  return grid ? getComputedStyle(grid).gridTemplateColumns.split(" ").length : 1;
}

const typing = (target: EventTarget | null) =>
  target instanceof Element && target.closest("input, textarea, select, [role='group'], dialog") !== null;

export function Keyboard() {
  const { pictures, handoff } = useStore();
  useEffect(() => {
    const steps: Record<string, () => number> = {
      ArrowLeft: () => -1,
      ArrowRight: () => 1,
      ArrowUp: () => -columns(),
      ArrowDown: () => columns(),
    };
    // The removed picture held the focus; its neighbour takes it over.
    const removeSelected = (id: string) => {
      const focused = document.activeElement?.classList.contains("thumb");
      pictures.remove(id);
      if (focused)
        requestAnimationFrame(() =>
          document.querySelector<HTMLElement>(".thumb[aria-current='true']")?.focus(),
        );
    };
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target))
        return;
      if (document.querySelector("dialog[open]")) return;
      const step = steps[event.key];
      const selected = pictures.selected.value;
      if (event.key === "?") openHelp();
      else if (event.key.toLowerCase() === "p") void handoff.show();
      else if (!selected) return;
      else if (step) pictures.move(step());
      else if (event.key === "Delete") removeSelected(selected.id);
      else if (event.key === "Enter" && event.target === document.body) focusDetails();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [pictures, handoff]);
  return null;
}
