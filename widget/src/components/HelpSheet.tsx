// The list of keys, opened with ? or from the banner.
import { Icon } from "./Icon";

const KEYS: [string, string][] = [
  ["← → ↑ ↓", "Previous or next picture"],
  ["Enter", "To the details of the selected picture"],
  ["Delete", "Remove the selected picture (with a moment to undo)"],
  ["Ctrl + V", "Add a picture from the clipboard"],
  ["P", "Take pictures with a phone"],
  ["Tab", "To the next control"],
  ["?", "This list"],
];

export const HelpSheet = () => (
  <dialog id="help-sheet" class="dialog dialog-small" aria-labelledby="help-title">
    <form method="dialog" class="dialog-head">
      <h2 id="help-title">Keyboard</h2>
      <button type="submit" class="button icon-only quiet" aria-label="Close">
        <Icon name="cross" />
      </button>
    </form>
    <dl class="keys">
      {KEYS.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </dialog>
);
