// Everything that opens over the desk, in one piece of code that is loaded right after the desk is drawn.
import { FilingDialog } from "./filing/FilingDialog";
import { HandoffDialog } from "./handoff/HandoffDialog";
import { HelpSheet } from "./help/HelpSheet";
import { CloserLook } from "./review/CloserLook";
import { TrayDialog } from "./tray/TrayDialog";
import { WebcamDialog } from "./webcam/WebcamDialog";

export default function Dialogs() {
  return (
    <>
      <FilingDialog />
      <CloserLook />
      <HandoffDialog />
      <WebcamDialog />
      <TrayDialog />
      <HelpSheet />
    </>
  );
}
