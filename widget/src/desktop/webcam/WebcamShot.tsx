// The image just taken, before it is kept.
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.webcam;

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
      <div class="webcam-view">{address && <img src={address} alt={words.taken} />}</div>
      <div class="dialog-foot">
        <p class="foot-note">{words.sharp}</p>
        <button type="button" class="button" onClick={webcam.retake}>
          {words.retake}
        </button>
        <button type="button" class="button" onClick={() => webcam.keep(true)}>
          {words.keepMore}
        </button>
        <button ref={keep} type="button" class="button primary" onClick={() => webcam.keep(false)}>
          <Icon name="check" />
          {words.keep}
        </button>
      </div>
    </>
  );
}
