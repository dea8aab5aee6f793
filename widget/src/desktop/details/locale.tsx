// What the page says about a photo's details: fields, saving, copying them to others, and what was filed.
import type { Image } from "../../api/types";
import { counted } from "../../shared/wording";

export const detailsWords = {
  title: "Details",
  titleOf: (count: number) => `Details of ${counted(count, "photo")}`,
  mixed: "Mixed",
  midline: "in the midline, no side",
  whichSide: "which side?",
  recent: "Sites of this patient's other photos",
  map: {
    open: "Body map",
    close: "Close the map",
    title: "Body map",
    views: "Part of the body map",
    names: { front: "Front", back: "Back", face: "Face", hands: "Hands", feet: "Feet" } as Record<
      string,
      string
    >,
    edges: {
      front: ["R", "L"],
      back: ["L", "R"],
      face: ["R", "L"],
      hands: ["R", "L"],
      feet: ["R", "L"],
    } as Record<string, [string, string]>,
    hint: "Press a place: site and side in one.",
    notLoaded:
      "The body map could not be loaded. Check the connection; the chips and the search work without it.",
  },
  set: {
    title: "Views of this lesion",
    fill: (count: number) =>
      `${["Context", "close-up", "dermoscopy"].slice(0, count).join(", ")}: in this order`,
    slots: { context: "Context", "close-up": "Close-up", dermoscopy: "Dermoscopy" },
    photo: (number: number) => `photo ${number}`,
    thisPhoto: "This photo",
    thisPhotoIs: (slot: string) => `${slot}: this photo`,
    missing: (views: readonly string[]) => `Missing for a referral: ${views.join(" and ")}.`,
  },
  fields: {
    bodySite: "Body site",
    side: "Side",
    view: "View",
    type: "Type",
    label: "Label",
    note: "Note",
    taken: "Date taken",
    consent: "Consent",
  },
  needed: "needed before filing",
  freeText: (text: string) => `“${text}” (free text)`,
  clearSite: "Clear body site",
  commonSites: "Common body sites",
  searchSites: "Search body sites",
  searchHint: "Type it all: l forearm derm mole 1",
  sitesFound: "Body sites found",
  twoSides: "This names two sides. Keep one, or type “both”.",
  asWritten: (text: string) => `Use “${text}” as written`,
  notApplicable: "Not applicable",
  suggestions: "Suggestions",
  labelHint: "Mole 1",
  labelStems: { lesion: "Mole", rash: "Rash", wound: "Wound", infection: "Infection" } as Record<
    string,
    string
  >,
  takenSources: {
    photo: "from the photo",
    phone: "from the phone",
    clock: "when it was added",
    clinician: "as entered",
  } as Record<Image["takenAtSource"], string>,
  takenDay: "Day taken",
  takenTime: "Time taken",
  dateKept: (at: string) => `The photo keeps ${at}.`,
  datesKept: "The photos keep their dates.",
  change: "Change",
  changeTaken: "Change the date taken",
  done: "Done",
  future: "This is in the future. Enter when the photo was taken; now is the latest.",
  givenBy: "Given by",
  underAge: (years: number) => `under ${years}: usually a parent or guardian`,
  consentBy: "Consent given by",
  usedFor: "May be used for",
  consentScope: "Consent scope",
  sensitive: "Sensitive photo",
  sensitiveHint: "A reminder in the review; Evolution doesn't mark it",
  applyToAll: (count: number) => `Apply to all: the ${counted(count, "other photo")} too`,
  copied: (count: number) => `Copied to ${counted(count, "other photo")}.`,
  undo: "Undo",
  sameAs: (number: number, details: string) => (
    <>
      Same as photo {number}: <b>{details}</b>
    </>
  ),
  saved: "Saved",
  saving: "Saving…",
  waiting: "Not saved yet, trying again",
  tryAgain: "Try again",
  undoChange: "Undo this change",
  filed: {
    committed: "Filed in the record. What is filed can't be changed here.",
    unverified: "Please check in Evolution whether this photo arrived.",
  } as Partial<Record<Image["state"], string>>,
  onePlace: "One inbox has this photo, the other doesn't. Trying again sends only what is missing.",
  underWay: "On its way into the record.",
  sensitiveName: "Sensitive",
  yes: "Yes",
  medtechId: "Medtech id",
};
