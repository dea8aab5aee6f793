// What the page says in the review: what will be filed, where it goes, and what goes with it.
import { counted } from "../../shared/wording";

export const reviewWords = {
  title: "Review before filing",
  refused: (place: string, reason: string) =>
    `Filing to ${place} will probably be refused. ${reason} Tell your administrator.`,
  into: "Into the record of",
  goesTo: "Goes to",
  list: "Photos to file",
  fileOriginal: (title: string) => `Also file the original: ${title}`,
  fileOne: (title: string) => `File ${title}`,
  original: "Unmarked original. Tick to file it as well.",
  edited: "Edited copy",
  look: (title: string) => `Look closer: ${title}`,
  closeLook: "Close",
  incomplete: (place: string, views: readonly string[]) =>
    `${place}: ${views.join(" and ")} missing for a referral.`,
  fileKey: "File to record (Ctrl + Enter)",
  sensitive: "Marked sensitive",
  sizing: "Working out its size",
  inbox: { scan: "Inbox Scan: ", media: "Inbox Media: " },
  of: (size: string, limit: string) => `${size} of ${limit}`,
  ofLimit: (limit: string, done: string) => ` of ${limit}. ${done}`,
  again: (detail: string) => `${detail} Then press File to record again: nothing is filed twice.`,
  final: "What is filed can't be undone.",
  back: "Back",
  file: "File to record",
  count: (count: number) => counted(count, "photo"),
};
