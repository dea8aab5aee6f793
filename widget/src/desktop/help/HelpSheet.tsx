// The list of keys, opened with ? or from the banner.
import { useStore } from "../context";
import { Icon } from "../Icon";

type Keys = [string, string][];

const KEYS: [string, Keys][] = [
  [
    "Photos",
    [
      ["← → ↑ ↓", "Previous or next photo"],
      ["Page Up, Page Down", "The same from anywhere, also while describing"],
      ["Shift + arrow", "Select several"],
      ["Ctrl + A", "Select all"],
      ["Ctrl + Space", "Add this one to the selection, or take it away"],
      ["Ctrl + ← →", "Move what is selected earlier or later"],
      ["Delete", "Remove what is selected"],
      ["Ctrl + Z", "Bring back what was removed"],
      ["Ctrl + V", "Add a photo from the clipboard"],
    ],
  ],
  [
    "Describe and file",
    [
      ["Enter", "To the details of the photo"],
      ["letters", "Among the body sites: search"],
      ["Esc", "Back to the photos"],
      ["Ctrl + Enter", "Review and file"],
    ],
  ],
  [
    "Large photo",
    [
      ["+ − 0", "Larger, smaller, fit"],
      ["← → ↑ ↓", "Move it while it is enlarged"],
    ],
  ],
  [
    "Editing a photo",
    [
      ["V C A O L T B", "Select, crop, arrow, circle, draw, text, blur"],
      ["Enter", "Place a mark in the middle"],
      ["M, Shift + M", "Next mark, the one before"],
      ["← → ↑ ↓", "Move the mark or the crop; with Shift in small steps, or one side of the crop"],
      ["+ −", "Larger, smaller; with nothing selected, closer and farther"],
      ["[ ]", "Turn an arrow or a line"],
      ["Delete", "Delete the mark"],
      ["R, Shift + R", "Turn the photo right, left"],
      ["Z, Shift + Z, 0", "Closer, farther, the whole photo"],
      ["Ctrl + Z, Ctrl + Y", "Undo, redo"],
    ],
  ],
];

/** Letters that belong to buttons; shown where the button is. */
const LETTERS: Record<string, string> = {
  e: "Edit the photo",
  c: "Take a photo with this computer's camera",
  p: "Use your phone as the camera",
  "?": "This list",
};

export function HelpSheet() {
  const { preferences } = useStore();
  return (
    <dialog id="help-sheet" class="dialog dialog-small" aria-labelledby="help-title">
      <form method="dialog" class="dialog-head">
        <h2 id="help-title">Keyboard</h2>
        <button type="submit" class="button icon-only quiet" aria-label="Close">
          <Icon name="cross" />
        </button>
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it. */}
      <section class="dialog-body keys-body" tabIndex={0} aria-label="List of keys">
        {KEYS.map(([group, keys]) => (
          <Group key={group} name={group} keys={keys} />
        ))}
        <Group
          name="Single letters"
          keys={Object.entries(LETTERS).map(([key, does]) => [key.toUpperCase(), does])}
        />
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            aria-checked={preferences.keys.value}
            checked={preferences.keys.value}
            onChange={(event) => preferences.setKeys(event.currentTarget.checked)}
          />
          <span>
            Single letters work as keys
            <small>Switch this off if you speak to your computer and it types by mistake</small>
          </span>
        </label>
      </section>
    </dialog>
  );
}

const Group = ({ name, keys }: { name: string; keys: Keys }) => (
  <section>
    <h3>{name}</h3>
    <dl class="keys">
      {keys.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  </section>
);
