// Images dropped anywhere on the page or pasted from the clipboard.
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.adding;

export const isTyping = () =>
  document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement;

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** The files of a drop, without folders, which browsers offer as files of no use. */
function filesIn(transfer: DataTransfer): File[] {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  return items
    .filter((item) => !item.webkitGetAsEntry?.()?.isDirectory)
    .flatMap((item) => item.getAsFile() ?? []);
}

export function DropAndPaste() {
  const { uploads, notices, session } = useStore();
  const [hovering, setHovering] = useState(false);

  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      setHovering(true);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) setHovering(false);
    };
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      setHovering(false);
      const files = filesIn(event.dataTransfer);
      if (files.length < event.dataTransfer.items.length) notices.say(words.bad.folders, "bad");
      uploads.add(files, !isTyping());
    };
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      uploads.add(files, true);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, [uploads, notices]);

  if (!hovering) return null;
  return (
    <div class="drop-veil" aria-hidden="true">
      <p>
        <Icon name="image" />
        {words.dropTo(session.session.value?.patient.name)}
      </p>
    </div>
  );
}
