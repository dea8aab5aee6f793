// The image with its tools around it.
import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Trouble } from "../../api/problem";
import { painted } from "../../shared/ui/drawing";
import { Reference } from "../../shared/ui/Reference";
import { pressed } from "../actions/keyboard";
import { createCanvas } from "../canvas/canvas";
import { textWidth } from "../canvas/draw";
import { createPointerTools } from "../canvas/pointerTools";
import { saved, TooLargeToEdit } from "../canvas/render";
import { locale } from "../locale";
import { markName } from "../state/announcements";
import { createEditorState, type EditorState } from "../state/editorState";
import { untouched } from "../types";
import { EditorIcon } from "./EditorIcon";
import { Head } from "./Head";
import { Leaving } from "./Leaving";
import { PanButtons } from "./MoveButtons";
import { Options } from "./options/Options";
import { TextInPlace } from "./TextInPlace";
import { Toolbox } from "./Toolbox";

export type WorkbenchProps = {
  title: string;
  bitmap: ImageBitmap;
  /** The most a saved copy may have, in bytes. */
  most: number;
  saving: boolean;
  /** How much of the copy has gone out, 0 to 1. */
  sent: number;
  /** Why the last save failed. */
  problem: Trouble | null;
  leaving: boolean;
  /** Whether single letters are keys. */
  letters: boolean;
  onLeave: (leaving: boolean) => void;
  onSave: (image: Blob) => void;
  onClose: () => void;
};

export function Workbench(props: WorkbenchProps) {
  const { bitmap, leaving, onLeave, onClose } = props;
  const editing = useMemo(() => createEditorState(bitmap, measurer()), [bitmap]);
  const [making, setMaking] = useState(false);
  const [tooLarge, setTooLarge] = useState(false);
  const container = useRef<HTMLDivElement>(null);
  const bench = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = container.current;
    if (!element) return;
    const made = createCanvas(element, bitmap, editing);
    const stopPointerTools = createPointerTools(element, made, editing);
    made.measure();
    const stopShowing = effect(made.show);
    const watcher = new ResizeObserver(made.measure);
    watcher.observe(element);
    element.focus({ preventScroll: true });
    return () => {
      watcher.disconnect();
      stopShowing();
      stopPointerTools();
      made.destroy();
    };
  }, [bitmap, editing]);

  const nothing = untouched(editing.sheet.value);
  useEffect(() => {
    if (leaving && nothing) onClose();
  }, [leaving, nothing, onClose]);

  const asking = leaving && !nothing;
  // What had the focus may be gone or off by now: Delete, the last Undo, the question that was answered.
  const kept = [editing.chosen.value, editing.sheet.value.crop === null, editing.viewport.near.value, asking];
  const reachable = [...kept, editing.canUndo.value, editing.canRedo.value, nothing].join();
  useEffect(() => {
    const drawn = requestAnimationFrame(() => {
      if (document.activeElement === document.body) container.current?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(drawn);
  }, [reachable]);

  async function save() {
    editing.settleText();
    setMaking(true);
    setTooLarge(false);
    // Making a large copy holds up the page: what is happening is painted first.
    await painted();
    try {
      props.onSave(await saved(bitmap, editing.now(), props.most));
    } catch (cause) {
      if (!(cause instanceof TooLargeToEdit) && !(cause instanceof RangeError)) throw cause;
      setTooLarge(true);
    } finally {
      setMaking(false);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (leaving) onLeave(false);
      else if (editing.chosen.value !== null) editing.chosen.value = null;
      else onLeave(true);
      return;
    }
    if (leaving) return;
    const focus = { onImage: event.target === container.current, letters: props.letters };
    if (pressed(event, editing, focus)) event.preventDefault();
  }

  useEffect(() => {
    const element = bench.current;
    element?.addEventListener("keydown", onKeyDown);
    return () => element?.removeEventListener("keydown", onKeyDown);
  });

  const problem = tooLarge ? { text: locale.bad.tooLarge, reference: "" } : props.problem;
  return (
    <div ref={bench} class="workbench">
      <div class="bench-parts" inert={asking}>
        <Head
          title={props.title}
          editing={editing}
          nothing={nothing}
          busy={making || props.saving}
          onCancel={() => onLeave(true)}
          onSave={() => void save()}
        />
        {problem && (
          <p class="bench-problem" role="alert">
            <EditorIcon name="attention" />
            <span>
              {problem.text}
              <Reference of={problem.reference} />
            </span>
          </p>
        )}
        <Toolbox editing={editing} />
        <div
          ref={container}
          class={`editor-canvas hand-${editing.tool.value}`}
          role="application"
          aria-label={locale.image}
          aria-describedby="bench-keys"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas inside has no element that takes keys
          tabIndex={0}
          onKeyUp={editing.rest}
        />
        {editing.typing.value !== null && (
          <TextInPlace editing={editing} onEnd={() => container.current?.focus({ preventScroll: true })} />
        )}
        <PanButtons editing={editing} />
        <p id="bench-keys" class="unseen">
          {locale.keys(props.letters)}
        </p>
        <Options editing={editing} />
        <Marks editing={editing} />
      </div>
      <p class="unseen" role="status">
        {editing.announcement.value}
      </p>
      <div class="bench-saving" role="status">
        {(making || props.saving) && <Saving making={making} sent={props.sent} />}
      </div>
      {asking && <Leaving onStay={() => onLeave(false)} onDiscard={onClose} />}
    </div>
  );
}

function measurer() {
  const context = document.createElement("canvas").getContext("2d");
  return (words: string, size: number) => (context ? textWidth(context, words, size) : 0);
}

/** The copy is made, then sent, then checked by the server; only of the sending is known how far it is. */
const Saving = ({ making, sent }: { making: boolean; sent: number }) => (
  <p>
    {making ? locale.making : sent < 1 ? locale.sending : locale.checking}
    <progress {...(!making && sent > 0 && sent < 1 && { value: sent })} aria-label={locale.saving} />
  </p>
);

const Marks = ({ editing }: { editing: EditorState }) => (
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
