// Moving and sizing by single presses, for anyone who can't drag: the mark that is selected, or the crop; and the enlarged image.
import type { EditorState } from "../state/editorState";
import { EditorIcon } from "./EditorIcon";

const WAYS = [
  ["up", "Up", 0, -1],
  ["down", "Down", 0, 1],
  ["left-arrow", "Left", -1, 0],
  ["right-arrow", "Right", 1, 0],
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
    <fieldset class="moving" aria-label={`Move the ${mark ? "mark" : "crop"}`}>
      <Ways go={go} />
      {mark && (
        <>
          <Sizing word="Smaller" icon="minus" act={() => grow(1 / 1.1)} />
          <Sizing word="Larger" icon="plus" act={() => grow(1.1)} />
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
    <fieldset class="moving panning" aria-label="Move the photo">
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
