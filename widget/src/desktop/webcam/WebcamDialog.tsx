// The camera of this computer: aim, take, keep or take again. It is on only while this is open.
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { ForPatient } from "../session/ForPatient";
import { WebcamAim } from "./WebcamAim";

const words = locale.webcam;

export function WebcamDialog() {
  const { webcam } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = webcam.open.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog webcam" aria-labelledby="webcam-title" onClose={webcam.close}>
      {open && (
        <>
          <div class="dialog-head">
            <div>
              <h2 id="webcam-title">{words.title}</h2>
              <ForPatient />
            </div>
            <button
              type="button"
              class="button icon-only quiet"
              aria-label={words.close}
              onClick={webcam.close}
            >
              <Icon name="cross" />
            </button>
          </div>
          <WebcamAim />
        </>
      )}
    </dialog>
  );
}
