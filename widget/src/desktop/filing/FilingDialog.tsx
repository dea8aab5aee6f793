// The dialog that leads from review through progress to the receipt.
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../context";
import { closeOnCancel } from "../dialogs/Dialog";
import { focusSomewhere } from "../dialogs/focus";
import { Review } from "../review/Review";
import { Progress } from "./progress/Progress";

const UNREAD_MS = 400;

export function FilingDialog() {
  const { filing } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = useRef(false);
  const since = useRef(0);
  const step = filing.step.value;

  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (step === "closed") {
      element.close();
      // What had opened it may be gone: everything is filed.
      if (shown.current) requestAnimationFrame(focusSomewhere);
      shown.current = false;
      return;
    }
    shown.current = true;
    since.current = Date.now();
    if (!element.open) element.showModal();
    // The heading, not a button: Enter pressed once too often must not file anything.
    element.querySelector<HTMLElement>("h2")?.focus();
    element.scrollTop = 0;
  }, [step]);

  return (
    <dialog
      ref={dialog}
      class="dialog dialog-filing"
      aria-labelledby="filing-title"
      onCancel={closeOnCancel(filing.close)}
      onClose={filing.close}
      onKeyDown={(event) => {
        // A key held down, or pressed before the review could be read, files nothing.
        const read = Date.now() - since.current > UNREAD_MS;
        if (
          step === "review" &&
          event.key === "Enter" &&
          (event.ctrlKey || event.metaKey) &&
          !event.repeat &&
          read
        )
          void filing.confirm();
      }}
    >
      {step === "review" && <Review />}
      {step === "progress" && <Progress />}
    </dialog>
  );
}
