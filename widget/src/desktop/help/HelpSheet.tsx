// The list of keys, opened with ? or from the banner.

import { useEffect, useState } from "preact/hooks";
import { useStore } from "../context";
import { Dialog } from "../dialogs/Dialog";
import { helpWords } from "./locale";

type Keys = readonly (readonly [string, string])[];

const words = helpWords;

export function HelpSheet() {
  const [editing, setEditing] = useState<Keys>([]);
  const { preferences, help } = useStore();
  const open = help.open.value;
  // The editor's own list of its keys comes when the help is opened.
  useEffect(() => {
    if (!open || editing.length > 0) return;
    import("../../editor/actions/registry").then(
      ({ HELP }) => setEditing(HELP),
      () => {},
    );
  }, [open, editing]);
  return (
    <Dialog
      id="help"
      kind="dialog-small"
      title={words.title}
      open={open}
      closeName={words.close}
      onClose={help.close}
      forPatient={false}
    >
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
    </Dialog>
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
