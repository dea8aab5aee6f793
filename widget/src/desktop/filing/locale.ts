// What the page says about filing: the action bar, progress, the receipt, and messages and tasks on their way.
import { calendarDate, counted } from "../../shared/wording";

const followUps = { inbox: "Message", task: "Task" } as const;

export const filingWords = {
  places: {
    scan: "Inbox › Scan",
    media: "Inbox › Media",
    both: "Inbox › Scan and Inbox › Media",
  },
  arriving: (count: number) => `${counted(count, "photo")} still arriving`,
  missing: (count: number) =>
    count === 1 ? "1 photo needs a body site" : `${count} photos need a body site`,
  fileKey: "Review and file (Ctrl + Enter)",
  file: (count: number) => `File ${counted(count, "photo")} to record`,
  fileOriginals: (count: number) => `File the ${count === 1 ? "original" : "originals"} as well`,
  status: {
    none: "Nothing filed yet.",
    moving: (count: number) => `${count} being filed`,
    looking: (count: number) => `${count} looked for in Evolution`,
    waiting: (count: number) => `${count} waiting for Medtech`,
    filed: (count: number) => `${count} filed`,
    failed: (count: number) => `${count} not filed`,
    partly: (count: number) => `${count} partly filed`,
    unverified: (count: number) => `${count} to check in the inbox`,
    troubled: "a message or task to check",
    whatHappened: "Show and try again",
    whatToCheck: "Show",
    showProgress: "Show progress",
    showReceipt: "Show receipt",
  },
  filing: (count: number) => `Filing ${counted(count, "photo")}…`,
  looking: (count: number) =>
    `Looking whether ${counted(count, "photo")} ${count === 1 ? "is" : "are"} filed…`,
  notFiled: (failed: number, all: number) =>
    `${failed} of ${counted(all, "photo")} ${failed === 1 ? "was" : "were"} not filed`,
  andPartly: (partly: number) => `, ${partly} only partly`,
  partlyFiled: (partly: number, all: number) =>
    `${partly} of ${counted(all, "photo")} ${partly === 1 ? "was" : "were"} only partly filed`,
  toCheck: (count: number) => `${counted(count, "photo")} to check in Evolution`,
  notSent: (names: string[]) =>
    `Filed; the ${names.join(" and the ")} ${names.length === 1 ? "was" : "were"} not sent`,
  followUpToCheck: (names: string[]) => `Filed; check the ${names.join(" and the ")} in Evolution`,
  followUpNotYet: (names: string[]) =>
    `Filed; the ${names.join(" and the ")} ${names.length === 1 ? "has" : "have"} not been sent yet`,
  filed: "Filed in the record",
  receipt: "Receipt",
  patient: (name: string | undefined, nhi: string | undefined) => `${name} · NHI ${nhi}`,
  beingFiled: "Being filed",
  sending: "Sending to Medtech",
  queued: "Queued",
  waiting: {
    unknown: "Medtech didn't take it",
    next: (seconds: number, attempt: number) => `Trying again in ${seconds} s (try ${attempt}).`,
    now: (attempt: number) => `Trying again now (try ${attempt}).`,
    until: (time: string) => `It keeps trying until ${time}.`,
    tryNow: "Try now",
  },
  closeHint: "You can close this and carry on; filing continues automatically.",
  lookingHint: "You can close this and carry on; the search continues.",
  close: "Close",
  done: "Done",
  failed: "Not filed",
  partly: "Partly filed",
  failedUnknown: "Medtech did not take this photo. It is safe here.",
  retry: "Retry these",
  retryOne: "Try again",
  removeOne: "Remove",
  editHint: "You can change its details below, edit the photo, or remove it.",
  unverified: "Please check in Evolution",
  unverifiedWhy: (count: number) =>
    `Medtech's answer was lost, so we can't tell whether ${count === 1 ? "this photo" : "these photos"} arrived. Open the patient's inbox in Evolution and look, then choose what you see.`,
  restoredWhy: (count: number) =>
    `${count === 1 ? "This photo" : "These photos"} may have been filed after that, and ClinicPro Images can't see whether ${count === 1 ? "it was" : "they were"}. Open the patient's inbox in Evolution and look, then choose what you see.`,
  fromBackup: "From the backup",
  inInbox: (place?: string) => (place ? `It is in ${place}` : "It is in the inbox"),
  sendAgain: (place?: string) => (place ? `Send again to ${place}` : "Send again"),
  notThere: (ready: boolean) => (ready ? "It isn't there: file it" : "It isn't there"),
  lookedFor: (origin: string) => `${origin}: looking whether it was filed since`,
  filedAt: (time: string) => `Filed at ${time}. `,
  foundAt: (time: string) => `You found it there at ${time}. `,
  where: "In Evolution: ",
  under: ", under this line",
  medtechId: "Medtech id ",
  followUps,
  followUpsTitle: "Message and task",
  followUpFor: (step: keyof typeof followUps, person: string, due: string | null) =>
    `${followUps[step]} for ${person}${due ? `, due ${calendarDate(due)}` : ""}`,
  chosenProvider: "the provider chosen",
  goesAfter: "Goes once the photos are in the record",
  waitsForAll: "Waits until every photo is filed",
  sentAt: (time: string) => `Sent at ${time}. `,
  followUpRefused: (name: string) => `Medtech did not take the ${name}.`,
  sendFollowUp: (name: string) => `Send the ${name} again`,
  followUpLost: (name: string) =>
    `Medtech's answer was lost. Check in Evolution whether the ${name} is there, then choose what you see.`,
  followUpThere: (name: string) => `The ${name} is there`,
  showIt: "Show it",
  reviewRest: "Review the rest",
  bad: {
    unsaved: "Some details are not saved yet. Look under “Details” for the reason, then file.",
    notSubmitted: "Some photos were not submitted.",
  },
};
