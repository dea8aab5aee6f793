// Opens the editor over everything, and loads its code the first time only.
import type { FunctionComponent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Editor as EditorPart } from "../../editor/Editor";
import { useStore } from "../context";
import { locale } from "../locale";

const words = locale.editing;

type Loaded = FunctionComponent<Parameters<typeof EditorPart>[0]>;

export function EditorDialog() {
  const { editor, preferences, images, session } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const [loaded, setLoaded] = useState<{ Editor: Loaded } | null>(null);
  const image = editor.image.value;
  const open = image !== null;

  useEffect(() => {
    const element = dialog.current;
    if (!open) return element?.close();
    element?.showModal();
    if (loaded) return;
    import("../../editor/Editor").then(
      ({ Editor }) => setLoaded({ Editor }),
      () => editor.failed(() => location.reload()),
    );
  }, [open, loaded, editor]);

  const title = image ? words.title(images.numberOf(image.id)) : "";
  const source = editor.source.value;
  return (
    <dialog
      ref={dialog}
      class="dialog dialog-whole"
      aria-labelledby="editor-title"
      onCancel={(event) => {
        event.preventDefault();
        editor.leaving.value = true;
        if (!loaded || !source) editor.close();
      }}
      onClose={editor.close}
    >
      {image && loaded && source ? (
        <loaded.Editor
          key={image.id}
          source={source}
          title={title}
          most={session.capabilities.value?.limits.maxBytes ?? Number.POSITIVE_INFINITY}
          saving={editor.saving.value}
          sent={editor.sent.value}
          problem={editor.problem.value}
          leaving={editor.leaving.value}
          letters={preferences.keys.value}
          onLeave={(wanted) => {
            editor.leaving.value = wanted;
          }}
          onSave={editor.save}
          onClose={editor.close}
        />
      ) : (
        image && (
          <div class="dialog-body dialog-waiting">
            <h2 id="editor-title">{title}</h2>
            <p role="status">
              <span class="spinner" /> {words.opening}
            </p>
            <button type="button" class="button" onClick={editor.close}>
              {words.close}
            </button>
          </div>
        )
      )}
    </dialog>
  );
}
