// Opens the camera of this computer.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.adding;

export function WebcamButton() {
  const { webcam } = useStore();
  return (
    <button type="button" class="button" aria-keyshortcuts="C" onClick={webcam.show}>
      <Icon name="camera" />
      {words.webcam}
    </button>
  );
}
