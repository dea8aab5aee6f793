// What both pages say: the patient's facts, the reference of a problem, and what goes wrong below any feature.
import { capitalised, counted } from "./wording";

export const sharedWords = {
  product: "ClinicPro Images",
  nhi: "NHI",
  born: "Born",
  sex: capitalised,
  photos: (count: number) => counted(count, "photo"),
  body: { side: "Side", site: "Body site", both: "Both" },
  tooLong: {
    label: "The label",
    notes: "The note",
    site: "A body site in your own words",
    message: "The message",
    task: "What to do",
    how: (what: string, length: string, most: string) =>
      `${what} has ${length} characters, and at most ${most} fit. Shorten it.`,
  },
  reference: {
    name: "Reference",
    copy: "Copy",
    copyOf: " reference",
    copied: "Copied",
    selected: "Press Ctrl + C",
  },
};
