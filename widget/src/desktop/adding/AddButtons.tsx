// The file picker, drawn as a button.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.adding;

export function AddImages({ primary = false }: { primary?: boolean }) {
  const { uploads, session } = useStore();
  const accept = session.capabilities.value?.acceptedTypes.join(",") ?? "";
  const full = uploads.room.value === 0;
  return (
    <label class={`button ${primary ? "primary" : ""} add-images`} data-disabled={full || undefined}>
      <Icon name="add" />
      {words.add}
      <input
        type="file"
        multiple
        accept={accept}
        disabled={full}
        class="covered"
        onChange={(event) => {
          const input = event.currentTarget;
          uploads.add([...(input.files ?? [])], true);
          // The same file can be chosen again after it was removed.
          input.value = "";
        }}
      />
    </label>
  );
}

export function PhoneButton() {
  const { handoff } = useStore();
  const connected = handoff.connected.value;
  const waiting = handoff.waiting.value;
  return (
    <button
      type="button"
      class="button phone-button"
      data-connected={connected || undefined}
      aria-keyshortcuts="P"
      title={words.phoneKey}
      onPointerEnter={() => void handoff.prepare()}
      onClick={() => void handoff.show()}
    >
      <Icon name={connected ? "check" : "phone"} />
      {waiting > 0 ? words.onPhone(waiting) : connected ? words.phoneConnected : words.phone}
    </button>
  );
}

export function WebcamButton() {
  const { webcam } = useStore();
  return (
    <button type="button" class="button" aria-keyshortcuts="C" title={words.webcamKey} onClick={webcam.show}>
      <Icon name="camera" />
      {words.webcam}
    </button>
  );
}
