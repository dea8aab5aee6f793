// The text that is being typed, where it will be on the image. Enter, Esc or a press elsewhere ends the typing.
import { useLayoutEffect, useRef } from "preact/hooks";
import { COLOURS } from "../canvas/draw";
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { toFrame } from "../state/geometry";
import { LETTER, MOST_LETTERS } from "../types";

const SMALLEST_PX = 16;

export function TextInPlace({ editing, onEnd }: { editing: EditorState; onEnd: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const id = editing.typing.value;
  const mark = editing.sheet.value.marks.find((one) => one.id === id);
  useLayoutEffect(() => {
    field.current?.focus({ preventScroll: true });
    field.current?.select();
  }, [id]);
  if (mark?.kind !== "text") return null;
  const { viewport, image } = editing;
  const { x, y } = viewport.onCanvas(toFrame(image, editing.now(), mark.at));
  const size = Math.max(SMALLEST_PX, mark.size * LETTER * viewport.zoom.value);
  const width = Math.max(size * 3, mark.width * viewport.zoom.value + size);
  const room = viewport.room.value;
  const ink = COLOURS[mark.colour];
  return (
    <div class="text-in-place">
      <input
        ref={field}
        type="text"
        aria-label={locale.text}
        placeholder={locale.textHint}
        maxLength={MOST_LETTERS}
        autocomplete="off"
        value={mark.words}
        style={{
          left: `${Math.min(Math.max(0, x - width / 2), Math.max(0, room.x - width))}px`,
          top: `${Math.min(Math.max(0, y - size), Math.max(0, room.y - size * 2))}px`,
          width: `${Math.min(width, room.x)}px`,
          height: `${size * 1.9}px`,
          fontSize: `${size}px`,
          color: ink.ink,
          background: ink.edge,
        }}
        onInput={(event) => editing.rewrite(event.currentTarget.value)}
        onBlur={editing.settleText}
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          editing.settleText();
          onEnd();
        }}
      />
      {mark.words.length >= MOST_LETTERS && (
        <p class="text-full" role="alert">
          {locale.textFull(MOST_LETTERS)}
        </p>
      )}
    </div>
  );
}
