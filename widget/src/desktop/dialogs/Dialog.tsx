// A dialog of the desk: opened and closed by its slice, with its name, whose photos it is about, and a way out.
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { ForPatient } from "../session/ForPatient";

type Props = {
  /** What its parts are called in the page. */
  id: string;
  kind: string;
  title: ComponentChildren;
  open: boolean;
  /** What the way out is called. */
  closeName: string;
  onClose: () => void;
  /** Whether it takes or shows photos of this session's patient. */
  forPatient?: boolean;
  /** What takes the focus: its heading, so that Enter pressed once too often presses nothing; or a box to type in. */
  focus?: "h2" | "input";
  children: ComponentChildren;
};

export function Dialog(props: Props) {
  const { id, kind, title, open, closeName, onClose, forPatient = true, focus = "h2", children } = props;
  const dialog = useModal(open, focus);
  const { session } = useStore();
  return (
    <dialog
      ref={dialog}
      class={`dialog ${kind}`}
      aria-labelledby={`${id}-title`}
      onCancel={closeOnCancel(onClose)}
      onClose={onClose}
    >
      {open && session.session.value && (
        <>
          <div class="dialog-head">
            <div>
              <h2 id={`${id}-title`} tabIndex={-1}>
                {title}
              </h2>
              {forPatient && <ForPatient />}
            </div>
            <button type="button" class="button icon-only quiet" aria-label={closeName} onClick={onClose}>
              <Icon name="cross" />
            </button>
          </div>
          {children}
        </>
      )}
    </dialog>
  );
}

/** Escape closes as the cross does, drawn after the paint; the browser would style the whole page before it. */
export const closeOnCancel = (close: () => void) => (event: Event) => {
  if (event.target !== event.currentTarget) return; // a file box inside, in which nothing was chosen
  event.preventDefault();
  close();
};

/** Opens the element over the page, and closes it again. */
export function useModal(open: boolean, focus: string): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  // At once, so that what is typed right after the key lands in it.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (!open) return element.close();
    if (!element.open) element.showModal();
    element.querySelector<HTMLElement>(focus)?.focus();
  }, [open, focus]);
  return dialog;
}
