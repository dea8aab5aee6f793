// What both pages say: the patient's facts, the reference of a problem, and what goes wrong below any feature.
import { capitalised, counted } from "./wording";

export const sharedWords = {
  product: "ClinicPro Images",
  nhi: "NHI",
  born: "Born",
  sex: capitalised,
  photos: (count: number) => counted(count, "photo"),
  body: { side: "Side", site: "Body site", both: "Both" },
  reference: {
    name: "Reference",
    copy: "Copy",
    copyOf: " reference",
    copied: "Copied",
    selected: "Press Ctrl + C",
  },
};
