// The image just taken, before it is kept.
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";

export function WebcamPreview({ taken }: { taken: Blob }) {
  const { webcam } = useStore();
  const [address, setAddress] = useState("");
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const made = URL.createObjectURL(taken);
    setAddress(made);
    keep.current?.focus();
    return () => URL.revokeObjectURL(made);
  }, [taken]);
  return (
    <>
      <div class="webcam-view">{address && <img src={address} alt="Just taken" />}</div>
      <div class="dialog-foot">
        <p class="foot-note">Sharp, and all of it in the photo?</p>
        <button type="button" class="button" onClick={webcam.retake}>
          Take again
        </button>
        <button type="button" class="button" onClick={() => webcam.keep(true)}>
          Keep and take another
        </button>
        <button ref={keep} type="button" class="button primary" onClick={() => webcam.keep(false)}>
          <Icon name="check" />
          Keep
        </button>
      </div>
    </>
  );
}
