// Every sentence of the phone's page, by feature. Another language is another object of this shape.
import { sharedWords } from "../shared/locale";
import { counted } from "../shared/wording";

const photos = (count: number) => counted(count, "photo");
const them = (count: number) => (count === 1 ? "it" : "them");
const are = (count: number) => (count === 1 ? "is" : "are");

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
  leftHere: (count: number) =>
    `${photos(count)} ${are(count)} still on this phone and may not have been sent. To send ${them(count)}, scan a code for the same patient.`,
  used: "This code can't be used any more",
  usedWhy: "A code works once, for one phone, for ten minutes. Create a new code on the desktop and scan it.",
  unknown: "No such code",
  continueWith: (badge: string) => `Continue with ${badge}`,
  typeCode: "Or type the code from the desktop",
  codeHint: "8 letters and digits",
  open: "Open",
  signIn: "Sign in and choose the patient here",
  other: (count: number) => `${photos(count)} of another patient may not have been sent`,
  otherWhy: (count: number) =>
    `This code is for a different patient. Nothing has been opened. What should happen to the ${photos(count)} still on this phone?`,
  goBack: (badge: string) => `Go back to ${badge} and send`,
  noWayBack: (count: number) =>
    `Their session has ended. To send ${them(count)}, scan a new code for that patient. To open this patient now, destroy ${them(count)}.`,
  destroyAndOpen: (count: number) => `Destroy ${photos(count)} and open this patient`,
  ended: "Session ended: scan again",
  thisPatient: "this patient",
  endedClean:
    "Everything you sent is on the desktop, and nothing is left on this phone. To take more photos, scan a new code. You can close this tab.",
  endedDestroyed: (count: number) =>
    `${photos(count)} that may not have been sent ${count === 1 ? "was" : "were"} destroyed when this phone opened another patient. If the desktop doesn't have ${them(count)}, scan a new code and take ${them(count)} again.`,
  endedCleared: (count: number) =>
    `${photos(count)} that may not have been sent ${are(count)} no longer on this phone: this browser has cleared its storage. If the desktop doesn't have ${them(count)}, scan a new code and take ${them(count)} again.`,
  endedFragile: (count: number, name: string) =>
    `${photos(count)} of ${name} ${are(count)} still in this page and may not have been sent, and this browser keeps ${them(count)} nowhere else: a new code can't bring ${them(count)} back. Scan one for ${name}, and take ${them(count)} again.`,
  endedKept: (count: number, name: string) =>
    `${photos(count)} of ${name} ${are(count)} still on this phone and may not have been sent. Scan a new code for ${name} to send ${them(count)}.`,
  destroy: (count: number) => `Destroy ${them(count)} now`,
  destroyAll: (count: number) => `Yes, destroy ${photos(count)}`,
  keep: (count: number) => `Keep ${them(count)}`,
  badge: " · same on the desktop?",
};

const bars = {
  offline: "No connection. Keep taking photos: they are kept on this phone and sent once it is connected.",
  fragile:
    "This browser can't keep photos safe here, so they are in this page only. Leave it open until they are sent.",
  full: (most: number) => (
    <>
      The session is full: it holds {most} photos, filed ones too. Remove some on the desktop, then tap{" "}
      <i>Try again</i>; or file them, open the patient again and scan the new code.
    </>
  ),
  earlier: (count: number) =>
    `${photos(count)} of this patient from an earlier session ${are(count)} still on this phone, not sent.`,
  mayHaveArrived: (count: number) =>
    `${photos(count)} of this patient from an earlier session ${are(count)} still on this phone. Send was pressed, but no answer came: before you add ${them(count)}, check whether the record already has ${them(count)}.`,
  addEarlier: "Add to this session",
  deleteEarlier: "Delete",
  closedBehind:
    "Your phone closed this page while a photo was being taken or stored. If one is missing, take it again, or choose it from your photos.",
  understood: "OK",
  missing:
    "What you opened could not be loaded. Try again once there is a connection; the camera app and Photos work without it.",
  shotFailed: "The camera did not give one of your photos. Take it again.",
  unreadable: (count: number) =>
    `${photos(count)} of this patient can't be read on this phone at the moment. Close this tab and open it again; nothing has been deleted.`,
  strangers: (count: number) =>
    `${photos(count)} of another patient ${are(count)} still on this phone and may not have been sent. To send ${them(count)}, scan a code for that patient.`,
  destroyStrangers: (count: number) => `Destroy ${them(count)}`,
  noChooser:
    "Did nothing open? Some apps' built-in browsers can't open the camera app or the gallery. Open this page in Safari or Chrome: scan the code with the phone's own camera.",
};

const capture = {
  openCamera: "Open camera",
  starting: "Starting the camera… The browser may ask you to allow it.",
  cameraApp: "Camera app",
  choose: "Choose ",
  photos: "Photos",
  choosePdf: "PDF",
  more: "One more",
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
    glare: { word: "Glare?", advice: "Light is reflected. Tilt the phone a little." },
    close: { word: "Too close?", advice: "This may be too close to focus. Step back a little and zoom in." },
    far: { word: "Too far?", advice: "This may be too far away. Move closer." },
    scale: { word: "No scale?", advice: "No scale is in view. Put the ruler beside it." },
  },
};

const views = {
  label: "View",
  names: { context: "Context", "close-up": "Close-up", dermoscopy: "Dermoscopy" },
  slot: (name: string, number: number, of: number) => `${name} (${number} of ${of})`,
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
  allSaved: (count: number) =>
    count === 0 ? "Everything is saved" : `${photos(count)} saved, not filed yet`,
  allHandedOver: "Everything here was handed over for filing",
  savedOpen: "Keep this page open until it says “saved”.",
  reviewNext: "Review them, then file them to the record.",
  fromGallery: "This page keeps nothing. Photos you chose are still in this phone's gallery.",
  nothingLeft: "Nothing is left on this phone.",
  adding: (count: number) => `Adding ${photos(count)}…`,
  encrypting: "Encrypting on this phone.",
  encryptingThenSending: "Encrypting on this phone, then sending.",
  preparing: "Preparing them in this page.",
  sending: (count: number) => `Sending: ${photos(count)} to go`,
  following: (count: number) =>
    `${count === 1 ? "Its original follows" : `${count} originals follow`} in full size. Keep this page open for the moment.`,
  keepOpen: "Keep this page open until it says “on the desktop”.",
  resumes: "Keep this page open: sending continues once there is a connection.",
  onlyEarlier: "Only earlier photos are still on this phone.",
  notSent: (count: number) => `${photos(count)} could not be sent`,
  why: (count: number) => `Tap ${count === 1 ? "it" : "one"} to see why.`,
  tryAll: "Try all again",
  unsent: (count: number) => `${photos(count)} not sent yet`,
  inPage: (count: number) => `In this page only until you send ${them(count)}.`,
  onPhone: (count: number) =>
    `Kept on this phone. The desktop shows ${them(count)} when you send ${them(count)}.`,
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
  refusedBecause: {
    gone: "Not on this phone any more",
    tooLarge: "File too large",
    video: "Not a photo",
    empty: "Empty file",
    unreadable: "Can't be read",
    stuck: "Can't be read at the moment",
  },
  filed: "Filed",
  sent: "Sent",
  bad: {
    gone: "Another tab has sent or removed it, or this browser has cleared its storage. Look at the desktop; if it isn't there, take it again.",
    tooLarge: (size: string, most: string) =>
      `This file is ${size}; the most is ${most}. Choose a smaller one.`,
    video: "Videos can't be filed. Take a photo, or choose a photo or a PDF.",
    empty: "This file is empty. Take the photo again, or choose another file.",
    unreadable:
      "This phone can't read the photo; it may still be in a cloud gallery. Open it in the gallery first, then choose it again.",
    stuck:
      "This browser can't read or send this photo now. It is still stored. Try again, or reload this page.",
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
  retake: "Retake",
  remove: "Remove",
  done: "Done",
  fullSize: "Full size",
  whole: "Whole photo",
};

/** The rest of review and filing has its own file, fetched with it. */
const filing = {
  open: "Review and file",
  review: "Review before filing",
};

const bodySite = {
  where: "Where on the body",
  another: "Another site…",
  find: "Find a body site",
  closeSearch: "Back to the common sites",
  hint: "Left shin, armpit, tummy…",
  none: "No match. You can enter it on the desktop.",
  next: "Next photo",
  this: "This photo",
  these: (count: number) => `These ${photos(count)}`,
  noSite: "no site chosen",
  mixed: "different sites; tap a photo to change it",
  about: (whose: string, where: string) => `${whose}: ${where}`,
  already: (count: number, all: number) =>
    `${count} of ${photos(all)} already ${count === 1 ? "has" : "have"} another.`,
  changeAll: (count: number) => `Change all ${count}`,
  onlyWithout: (count: number) => `Only the ${counted(count, "other")}`,
  onlyNext: "Only the next photo",
  cancel: "Cancel",
};

export const locale = {
  filing,
  shared: sharedWords,
  link,
  bars,
  capture,
  views,
  pending,
  lightbox,
  bodySite,
};
