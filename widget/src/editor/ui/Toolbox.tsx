// The tools, each with its word and its key.

import { TOOL_KEYS } from "../actions/keys";
import type { EditorState } from "../state/editorState";
import type { Tool } from "../types";
import { EditorIcon } from "./EditorIcon";

const WORDS: Record<Tool, string> = {
  select: "Select",
  crop: "Crop",
  arrow: "Arrow",
  circle: "Circle",
  line: "Draw",
  text: "Text",
  blur: "Blur",
};

export const Toolbox = ({ editing }: { editing: EditorState }) => (
  <div class="toolbox" role="toolbar" aria-label="Tools">
    {(Object.keys(WORDS) as Tool[]).map((tool) => (
      <button
        key={tool}
        type="button"
        class="tool"
        aria-pressed={editing.tool.value === tool}
        aria-keyshortcuts={TOOL_KEYS[tool]}
        title={`${WORDS[tool]} (${TOOL_KEYS[tool]})`}
        onClick={() => editing.choose(tool)}
      >
        <EditorIcon name={tool} />
        {WORDS[tool]}
      </button>
    ))}
  </div>
);
