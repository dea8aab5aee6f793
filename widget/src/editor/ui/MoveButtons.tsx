// Moving and sizing by single presses, for anyone who can't drag: the mark that is selected, or the crop; and the enlarged image.
import { locale } from "../locale";
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

const WAYS = [
  ["up", locale.up, 0, -1],
  ["down", locale.down, 0, 1],
  ["left-arrow", locale.left, -1, 0],
  ["right-arrow", locale.right, 1, 0],
] as const;

/** Of what is on the screen, that one press moves by. */
const SHARE = 1 / 30;

/** The same of the enlarged image. */
const LEAP = 1 / 4;

export function MoveButtons({ editing }: { editing: EditorState }) {
  const { viewport, selected, tool } = editing;
  const mark = selected.value;
  const cropped = tool.value === "crop" && editing.sheet.value.crop !== null;
  if (!mark && !cropped) return null;

  function go(right: number, down: number) {
    const { x, y } = viewport.room.value;
    editing.nudge(right, down, Math.max(1, Math.round((Math.min(x, y) * SHARE) / viewport.zoom.value)));
    editing.rest();
  }
  function grow(by: number) {
    editing.grow(by);
    editing.rest();
  }

  return (
    <fieldset class="moving" aria-label={mark ? locale.moveMark : locale.moveCrop}>
      <Ways go={go} />
      {mark && (
        <>
          <Sizing word={locale.smaller} icon="minus" act={() => grow(1 / 1.1)} />
          <Sizing word={locale.larger} icon="plus" act={() => grow(1.1)} />
        </>
      )}
    </fieldset>
  );
}

/** Over the image and not beside it: what comes when one zooms must not make the image jump. */
export function PanButtons({ editing }: { editing: EditorState }) {
  const { viewport } = editing;
  if (!viewport.near.value) return null;
  return (
    <fieldset class="moving panning" aria-label={locale.moveImage}>
      <Ways
        // The image goes the other way, so that one sees what lies to the right.
        go={(right, down) =>
          viewport.pan({ x: -right * viewport.room.value.x * LEAP, y: -down * viewport.room.value.y * LEAP })
        }
      />
    </fieldset>
  );
}

const Ways = ({ go }: { go: (right: number, down: number) => void }) => (
  <>
    {WAYS.map(([icon, word, right, down]) => (
      <button
        key={word}
        type="button"
        class="button icon-only small"
        aria-label={word}
        title={word}
        onClick={() => go(right, down)}
      >
        <EditorIcon name={icon} />
      </button>
    ))}
  </>
);

const Sizing = ({ word, icon, act }: { word: string; icon: "minus" | "plus"; act: () => void }) => (
  <button type="button" class="button icon-only small" aria-label={word} title={word} onClick={act}>
    <EditorIcon name={icon} />
  </button>
);
