// Everything that opens over the desk, in one piece of code that is loaded right after the desk is drawn.
import "./dialogs.css";
import "../filing/actionBar.css";
import "../filing/filing.css";
import "../filing/progress/rows.css";
import "../review/review.css";
import "../referral/referral.css";
import "../help/help.css";
import "../handoff/handoff.css";
import "../webcam/webcam.css";
// Here and not with the editor's code: a sheet that once failed to come is not asked for again, and the editor would open bare.
import "../../editor/editor.css";
import "../../editor/ui/options/options.css";
import "../commands/commands.css";
import { CommandPalette } from "../commands/CommandPalette";
import { FilingDialog } from "../filing/FilingDialog";
import { HandoffDialog } from "../handoff/HandoffDialog";
import { HelpSheet } from "../help/HelpSheet";
import { CloserLook } from "../review/CloserLook";
import { TrayDialog } from "../tray/TrayDialog";
import { WebcamDialog } from "../webcam/WebcamDialog";

export default function Dialogs() {
  return (
    <>
      <FilingDialog />
      <CloserLook />
      <HandoffDialog />
      <WebcamDialog />
      <TrayDialog />
      <CommandPalette />
      <HelpSheet />
    </>
  );
}
