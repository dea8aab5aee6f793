// What the page says about the phone: the QR code, and the phone that scanned it.
import { counted } from "../../shared/wording";

export const handoffWords = {
  title: "Take photos with a phone",
  close: "Close",
  done: "Done",
  newCode: "New code",
  disconnect: "Disconnect",
  disconnects: "A new code disconnects this phone.",
  onePhone: "One phone for each code.",
  connected: "Phone connected",
  connectedWhy: (badge: string) => (
    <>
      It shows <b>{badge}</b>, as this screen does. Photos appear here when they are sent on the phone.
    </>
  ),
  waiting: (count: number) => `${counted(count, "photo")} on the phone, not here yet.`,
  nothingWaiting: "The phone holds no other photos.",
  code: "QR code that opens ClinicPro Images on a phone",
  scan: "Scan this with the phone's camera.",
  sameBadge: (badge: string) => (
    <>
      The phone then shows <b>{badge}</b>, as this screen does.
    </>
  ),
  left: (time: string) => `${time} left to scan`,
  byHand: "No camera app? Open on the phone",
  andType: "and type",
  making: "Making a code…",
  notMade: "No code was made. Press New code to try again.",
  expired: "The code has expired. Make a new one and scan it.",
  disconnectHolds: (count: number) =>
    `${counted(count, "photo")} still on the phone will stay there until it scans a new code for this patient.`,
  disconnected: "The phone is disconnected. Photos it has already sent stay here.",
  arrived: "Phone connected. Its photos appear here automatically.",
};
