// What the phone says from the review to the receipt; fetched with it, because most phones belong to a desktop.
import { counted } from "../../shared/wording";

export const phoneFilingWords = {
  review: "Review before filing",
  progress: "Filing",
  where: (practice: string, provider: string) =>
    `Into this patient's record at ${practice}, under ${provider}. What is filed can't be undone.`,
  file: (count: number) => `File ${counted(count, "photo")} to record`,
  again: (detail: string) => `${detail} Then press the button again: nothing is filed twice.`,
  retry: "Retry what failed",
  back: "Back to photos",
  nextPatient: "Next patient",
  untitled: "No body site yet",
  incomplete: "Some of this photo could not be read. Take it again if you can.",
  original: "Original, not filed: its edited copy is. To file both, use the desktop.",
  needsSite: "Choose a body site",
  details: "Details",
  detailsOf: (title: string) => `Details of ${title}`,
  states: {
    held: "Not sent yet",
    staged: "Ready to file",
    queued: "Waiting to be filed",
    sending: "Being filed",
    committed: "Filed in the record",
    failed: "Not filed",
    unverified: "It may have arrived. Check the inbox in Evolution, then choose:",
    partly: "Half filed: one inbox has it, the other doesn’t. Retry sends only what is missing.",
  },
  inInbox: "It is in the inbox",
  sendAgain: "Send again",
  sizing: "Working out its size",
  inbox: { scan: "Inbox Scan", media: "Inbox Media" },
  size: (inbox: string, size: string, limit: string, done: string) =>
    `${inbox}: ${size} of ${limit}. ${done}`,
  fields: {
    view: "View",
    type: "Type",
    label: "Label",
    labelHint: "Mole 1",
    note: "Note",
    givenBy: "Consent given by",
    usedFor: "Consent: may be used for",
    sensitive: "Sensitive photo",
  },
  message: {
    sent: "Message sent",
    failed: "Message not sent",
    moving: "Message: on its way",
    unsure: "The message may have arrived. Check in Evolution.",
  },
  task: {
    sent: "Task created",
    failed: "Task not created",
    moving: "Task: on its way",
    unsure: "The task may have arrived. Check in Evolution.",
  },
};
