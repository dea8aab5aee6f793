// The list of keys, opened with ? or from the banner.

import { useState } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { helpWords } from "./locale";

type Keys = readonly (readonly [string, string])[];

const words = helpWords;

export function HelpSheet() {
  const [editing, setEditing] = useState<Keys>([]);
  /** The editor's own list of its keys comes when the help is first opened: that moves the focus into it. */
  const load = () => void import("../../editor/actions/registry").then(({ HELP }) => setEditing(HELP));
  const { preferences } = useStore();
  return (
    <dialog
      id="help-sheet"
      class="dialog dialog-small"
      aria-labelledby="help-title"
      onFocusIn={() => editing.length === 0 && load()}
    >
      <form method="dialog" class="dialog-head">
        <h2 id="help-title">{words.title}</h2>
        <button type="submit" class="button icon-only quiet" aria-label={words.close}>
          <Icon name="cross" />
        </button>
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must reach it. */}
      <section class="dialog-body keys-body" tabIndex={0} aria-label={words.list}>
        {words.groups.map(([group, keys]) => (
          <Group key={group} name={group} keys={keys} />
        ))}
        <Group name={words.editing} keys={editing} />
        <Group name={words.letters} keys={words.buttons} />
        <label class="switch">
          <input
            type="checkbox"
            role="switch"
            aria-checked={preferences.keys.value}
            checked={preferences.keys.value}
            onChange={(event) => preferences.setKeys(event.currentTarget.checked)}
          />
          <span>
            {words.lettersOn}
            <small>{words.lettersHint}</small>
          </span>
        </label>
        <p>
          <a href="/sessions">{words.sessions}</a>
        </p>
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
