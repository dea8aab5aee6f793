// What the page says about a photo's details: fields, saving, copying them to others, and what was filed.
import type { Image } from "../../api/types";
import { counted } from "../../shared/wording";

export const detailsWords = {
  title: "Details",
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
  searchHint: "Search, for example: left shin",
  sitesFound: "Body sites found",
  asWritten: (text: string) => `Use “${text}” as written`,
  notApplicable: "Not applicable",
  suggestions: "Suggestions",
  labelHint: "Mole 1",
  labelStems: { lesion: "Mole", rash: "Rash", wound: "Wound", infection: "Infection" } as Record<
    string,
    string
  >,
  future: "This is in the future. Choose when the photo was taken; now is the latest.",
  givenBy: "Given by",
  consentBy: "Consent given by",
  usedFor: "May be used for",
  consentScope: "Consent scope",
  sensitive: "Sensitive photo",
  sensitiveHint: "Marks it for colleagues, for example an intimate area",
  copyToSelected: (field: string) => (
    <>
      Copy <span class="unseen">{field} </span>to selected
    </>
  ),
  copyToOthers: (field: string) => (
    <>
      Copy <span class="unseen">{field} </span>to all others
    </>
  ),
  copyAllToSelected: (count: number) => `Copy all coded details to the ${counted(count, "other")} selected`,
  copyAllToOthers: "Copy all coded details to all others",
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
  underWay: "On its way into the record.",
  sensitiveName: "Sensitive",
  yes: "Yes",
  medtechId: "Medtech id",
};
