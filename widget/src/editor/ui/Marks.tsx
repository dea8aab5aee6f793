// Everything drawn as a list: for choosing what lies under something else, and for anyone who can't point.

import { locale } from "../locale";
import { markName } from "../state/announcements";
import type { EditorState } from "../state/editorState";

export const Marks = ({ editing }: { editing: EditorState }) => (
  <ul class="marks" aria-label={locale.list}>
    {editing.sheet.value.marks.map((mark, at) => (
      <li key={mark.id}>
        <button
          type="button"
          class="chip"
          aria-pressed={editing.chosen.value === mark.id}
          onClick={() => {
            editing.choose("select");
            editing.chosen.value = editing.chosen.value === mark.id ? null : mark.id;
          }}
        >
          {at + 1}. {markName(mark)}
        </button>
      </li>
    ))}
  </ul>
);
