// Ctrl + K: one box for everything that can be done, and for the body site.
import { useState } from "preact/hooks";
import { onceDrawn } from "../../shared/ui/drawing";
import { ListBox } from "../../shared/ui/ListBox";
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
  const [typed, setTyped] = useState("");
  const found = [...matching(commandsOf(store, pickFiles), typed), ...sitesFor(store, typed)].slice(0, MOST);

  function run(command: Command | undefined) {
    if (!command) return;
    // The focus goes back to where it was before anything else opens.
    store.commands.close();
    onceDrawn(command.run);
  }

  return (
    <div class="dialog-body">
      <ListBox
        label={words.search}
        placeholder={words.hint}
        listLabel={words.found}
        typed={typed}
        onType={setTyped}
        options={found.map((command) => ({
          key: command.name,
          content: (
            <>
              <span>{command.name}</span>
              {command.keys && <kbd>{command.keys}</kbd>}
            </>
          ),
        }))}
        onPick={(index) => run(found[index])}
        optionClass="command"
      />
      <p role="status" class={found.length > 0 ? "unseen" : ""}>
        {found.length === 0 && words.none}
      </p>
    </div>
  );
}
