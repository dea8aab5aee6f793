// Every sentence of the phone's page, by feature. Another language is another object of this shape.
import { sharedWords } from "../shared/locale";
import { counted } from "../shared/wording";

const photos = (count: number) => counted(count, "photo");

const link = {
  opening: "Opening…",
  waiting: "Waiting for the server",
  unreachable:
    "ClinicPro Images can't be reached. Check that this phone is on the practice's network; this page continues automatically.",
  trying: "Trying again every few seconds",
  scan: "Scan the code on the desktop",
  steps: [
    "On the desktop, open the patient in ClinicPro Images.",
    <>
      Press <b>Phone</b>: a QR code appears.
    </>,
    "Point this phone's camera at it and open the address.",
  ],
  used: "This code can't be used any more",
  usedWhy: "A code works once, for one phone, for ten minutes. Create a new code on the desktop and scan it.",
  continueWith: (name: string, badge: string) => `Continue with ${name} (${badge})`,
  typeCode: "Or type the code from the desktop",
  open: "Open",
  ended: "Session ended: scan again",
  thisPatient: "this patient",
  endedClean:
    "Everything you sent is on the desktop, and nothing is left on this phone. To take more photos, scan a new code.",
  endedFragile: (count: number, name: string) => {
    const [is, them] = count === 1 ? ["is", "it"] : ["are", "them"];
    return `${photos(count)} of ${name} ${is} still in this page, not sent, and this browser keeps ${them} nowhere else: a new code can't bring ${them} back. Scan one for ${name}, and take ${them} again.`;
  },
  endedKept: (count: number, name: string) => {
    const [is, them] = count === 1 ? ["is", "it"] : ["are", "them"];
    return `${photos(count)} of ${name} ${is} still on this phone, not sent. Scan a new code for ${name} to send ${them}. A code for anyone else destroys ${them}.`;
  },
  destroy: (count: number) => `Destroy ${count === 1 ? "it" : "them"} now`,
  destroyAll: (count: number) => `Yes, destroy ${photos(count)}`,
  keep: (count: number) => `Keep ${count === 1 ? "it" : "them"}`,
  badge: " · check the desktop shows the same",
};

const bars = {
  offline: "No connection. Keep taking photos: they are kept on this phone and sent once it is connected.",
  fragile:
    "This browser can't keep photos safe here, so they are in this page only. Leave it open until they are sent.",
  full: (most: number) => (
    <>
      The session is full: it holds {most} photos. File or remove some on the desktop, then tap{" "}
      <i>Try again</i> on those that stayed here.
    </>
  ),
  earlier: (count: number) =>
    `${photos(count)} of this patient from an earlier session ${count === 1 ? "is" : "are"} still on this phone, not sent.`,
  addEarlier: "Add to this session",
  deleteEarlier: "Delete",
};

const capture = {
  openCamera: "Open camera",
  choosePhotos: "Choose photos",
  more: "One more",
  choose: "Choose",
  hints: {
    blurred: {
      word: "Blurred?",
      advice: "This may be blurred. Hold still, or step back a little and tap to focus.",
    },
    dark: { word: "Dark?", advice: "This may be too dark. More light helps." },
    bright: {
      word: "Too bright?",
      advice: "This may be too bright. Turn away from the light, or turn the flash off.",
    },
  },
};

const pending = {
  list: "Photos",
  status: "Status",
  allOnDesktop: (count: number) =>
    count === 0
      ? "Everything is sent"
      : count === 1
        ? "The photo is on the desktop"
        : `${count} photos are on the desktop`,
  fromGallery: "This page keeps nothing. Photos you chose are still in this phone's gallery.",
  nothingLeft: "Nothing is left on this phone.",
  adding: (count: number) => `Adding ${photos(count)}…`,
  encrypting: "Encrypting on this phone.",
  encryptingThenSending: "Encrypting on this phone, then sending.",
  preparing: "Preparing them in this page.",
  sending: (count: number) => `Sending: ${photos(count)} to go`,
  resumes: "Sending resumes automatically if you lose signal. Keep this page open.",
  onlyEarlier: "Only earlier photos are still on this phone.",
  notSent: (count: number) => `${photos(count)} could not be sent`,
  why: "Tap the one marked “Not sent” to see why.",
  unsent: (count: number) => `${photos(count)} not sent yet`,
  inPage: "In this page only until you send them.",
  onPhone: "Kept on this phone until you send them.",
  welcome: "Take as many photos as you need, then send them. They appear on the desktop at once.",
  send: (count: number) => `Send ${photos(count)}`,
  tile: (number: number, state: string) => `Photo ${number}, ${state}`,
  progress: (number: number) => `Sending photo ${number}`,
  refused: "Not sent",
  states: {
    refused: (title: string) => `not sent: ${title}`,
    sending: "sending",
    waiting: "waiting to be sent",
    unsent: "not sent yet",
    filed: "filed in the record",
    sent: "on the desktop",
  },
  filed: "Filed",
  sent: "Sent",
  gone: "Not on this phone any more",
  tooLarge: "Photo too large",
  bad: {
    gone: "This browser has cleared its storage. Please take the photo again.",
    tooLarge: (size: string, most: string) =>
      `This photo is ${size}; the most is ${most}. Take it again at a lower resolution.`,
  },
};

const lightbox = {
  good: "Is this photo good?",
  sent: "Photo on the desktop",
  back: "Back to all photos",
  notShown: "This phone can't show this photo. It is sent as it is; the desktop shows it.",
  camera: "What the camera saw",
  sentAlt: "Sent to the desktop",
  filed: "This photo is filed in the record. It is kept there only.",
  tryAgain: "Try again",
  keep: "Keep",
  retake: "Retake",
  remove: "Remove",
  done: "Good",
};

const bodySite = {
  where: "Where on the body",
  another: "Another site…",
  find: "Find a body site",
  hint: "Left shin, armpit, tummy…",
  none: "No match. You can enter it on the desktop.",
};

export const locale = { shared: sharedWords, link, bars, capture, pending, lightbox, bodySite };

export type PhoneLocale = typeof locale;
