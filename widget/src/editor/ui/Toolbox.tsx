// The tools, each with its name and its key.
import { TOOLS } from "../actions/tools";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

export const Toolbox = ({ editing }: { editing: EditorState }) => (
  <div class="toolbox" role="toolbar" aria-label={locale.toolbox}>
    {TOOLS.map(({ tool, name, keys }) => (
      <button
        key={tool}
        type="button"
        class="tool"
        aria-pressed={editing.tool.value === tool}
        aria-keyshortcuts={keys}
        title={locale.withKeys(name, keys)}
        onClick={() => editing.choose(tool)}
      >
        <EditorIcon name={tool} />
        {name}
      </button>
    ))}
  </div>
);
