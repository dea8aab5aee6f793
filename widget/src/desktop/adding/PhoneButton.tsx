// Opens the panel with the QR code; says on its face when a phone is in.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.adding;

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
      {connected ? words.phoneConnected : words.phone}
    </button>
  );
}
