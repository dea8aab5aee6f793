// Opens the panel with the QR code; says on its face when a phone is in.
import { useStore } from "../context";
import { Icon } from "../Icon";

export function PhoneButton() {
  const { handoff } = useStore();
  const connected = handoff.connected.value;
  return (
    <button
      type="button"
      class="button phone-button"
      data-connected={connected || undefined}
      aria-keyshortcuts="P"
      onClick={() => void handoff.show()}
    >
      <Icon name={connected ? "check" : "phone"} />
      {connected ? "Phone connected" : "Phone"}
    </button>
  );
}
