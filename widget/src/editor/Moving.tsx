// Moving and sizing by single presses, for whoever can't drag: the mark that is selected, the crop, or the enlarged picture.
import type { Editing } from "./desk";
import { EditorIcon } from "./EditorIcon";

const WAYS = [
  ["up", "Up", 0, -1],
  ["down", "Down", 0, 1],
  ["left-arrow", "Left", -1, 0],
  ["right-arrow", "Right", 1, 0],
] as const;

/** Of what is on the screen, that one press moves by. */
const SHARE = 1 / 30;

export function Moving({ editing }: { editing: Editing }) {
  const { look, selected, tool } = editing;
  const cropping = tool.value === "crop" && !selected.value;
  const what = selected.value ? "mark" : cropping ? "crop" : "picture";
  if (what === "picture" && !look.near.value) return null;
  if (what === "crop" && editing.sheet.value.crop === null) return null;

  function go(right: number, down: number) {
    const { x, y } = look.room.value;
    const far = Math.min(x, y) * SHARE;
    // The picture goes the other way, so that one sees what lies to the right.
    if (what === "picture") return look.pan({ x: -right * far * 4, y: -down * far * 4 });
    editing.nudge(right, down, Math.max(1, Math.round(far / look.zoom.value)));
    editing.rest();
  }
  function grow(by: number) {
    editing.grow(by);
    editing.rest();
  }

  return (
    <fieldset class="moving" aria-label={`Move the ${what}`}>
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
      {what === "mark" && (
        <>
          <Sizing word="Smaller" icon="minus" act={() => grow(1 / 1.1)} />
          <Sizing word="Larger" icon="plus" act={() => grow(1.1)} />
        </>
      )}
    </fieldset>
  );
}

const Sizing = ({ word, icon, act }: { word: string; icon: "minus" | "plus"; act: () => void }) => (
  <button type="button" class="button icon-only small" aria-label={word} title={word} onClick={act}>
    <EditorIcon name={icon} />
  </button>
);
