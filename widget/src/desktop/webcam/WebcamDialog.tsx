// The camera of this computer: aim, take, keep or take again. It is on only while this is open.
import { useStore } from "../context";
import { Dialog } from "../dialogs/Dialog";
import { locale } from "../locale";
import { WebcamAim } from "./WebcamAim";

const words = locale.webcam;

export function WebcamDialog() {
  const { webcam } = useStore();
  return (
    <Dialog
      id="webcam"
      kind="webcam"
      title={words.title}
      open={webcam.open.value}
      closeName={words.close}
      onClose={webcam.close}
    >
      <WebcamAim />
    </Dialog>
  );
}
