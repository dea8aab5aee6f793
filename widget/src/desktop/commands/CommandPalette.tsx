// Ctrl + K: one box for everything that can be done, and for the body site (ARIA: editable combobox, list autocomplete).
import { useId, useState } from "preact/hooks";
import { useStore } from "../context";
import { Dialog } from "../dialogs/Dialog";
import { type Command, commandsOf, matching, sitesFor } from "./list";
import { commandWords as words } from "./locale";

const MOST = 9;

export function CommandPalette() {
  const { commands } = useStore();
  return (
    <Dialog
      id="commands"
      kind="dialog-small commands"
      title={words.title}
      open={commands.open.value}
      closeName={words.close}
      onClose={commands.close}
      focus="input"
    >
      <Finder />
    </Dialog>
  );
}

const pickFiles = () => document.querySelector<HTMLElement>(".add-images input")?.click();

function Finder() {
  const store = useStore();
  const list = useId();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = [...matching(commandsOf(store, pickFiles), typed), ...sitesFor(store, typed)].slice(0, MOST);
  const active = Math.min(at, found.length - 1);

  function run(command: Command | undefined) {
    if (!command) return;
    // The focus goes back to where it was before anything else opens.
    store.commands.close();
    queueMicrotask(command.run);
  }

  function pressed(event: KeyboardEvent) {
    if (event.key === "ArrowDown") setAt((active + 1) % found.length);
    else if (event.key === "ArrowUp") setAt((active + found.length - 1) % found.length);
    else if (event.key === "Enter") run(found[active]);
    else return;
    event.preventDefault();
  }

  return (
    <div class="dialog-body">
      <input
        type="text"
        role="combobox"
        aria-label={words.search}
        aria-expanded={found.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? `${list}-${active}` : undefined}
        placeholder={words.hint}
        autocomplete="off"
        spellcheck={false}
        maxLength={120}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
      />
      <div id={list} role="listbox" aria-label={words.found}>
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text box (aria-activedescendant).
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are answered by the text box.
          <div
            key={command.name}
            id={`${list}-${index}`}
            class="search-option command"
            role="option"
            aria-selected={index === active}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            {command.keys && <kbd>{command.keys}</kbd>}
          </div>
        ))}
      </div>
      <p role="status" class={found.length > 0 ? "unseen" : ""}>
        {found.length === 0 && words.none}
      </p>
    </div>
  );
}
