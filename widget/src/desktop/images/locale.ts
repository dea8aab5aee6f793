// What the page says about the photos it shows: the row of small ones, the large one, badges, order and removal.
import { counted } from "../../shared/wording";

export const imagesWords = {
  all: "Photos",
  photo: "Photo ",
  selected: "Selected photo",
  colleagues: "Colleagues will read",
  noLine: "Choose a body site to see the line here",
  previous: "Previous photo",
  next: "Next photo",
  earlier: "Move earlier",
  later: "Move later",
  count: (number: number, count: number) => `Photo ${number} of ${count}`,
  severalOf: (several: number, count: number) => `${several} of ${count} selected`,
  edit: "Edit",
  remove: "Remove",
  removeSeveral: (several: number) => `Remove ${counted(several, "photo")}`,
  number: (number: number) => `Photo ${number}`,
  enlarged: (number: number, percent: string) =>
    `Photo ${number} enlarged to ${percent}; plus and minus change that, arrows move it`,
  smaller: "Smaller",
  larger: "Larger",
  fit: "Fit to the frame",
  fitNow: "Fit to the frame, now ",
  reduced: (name: string) => `${name}, reduced`,
  filedGone: "The full-size photo is no longer kept here. Look in the patient's inbox in Evolution.",
  notShown: "It can't be shown right now. It is safe on the server; check the connection and try again.",
  tryAgain: "Try again",
  badge: {
    sending: "Sending",
    filed: "Filed",
    failed: "Not filed",
    unverified: "Not certain",
    needsSite: "Needs body site",
    ready: "Ready",
  },
  removed: (number: number) => `Photo ${number} removed.`,
  severalRemoved: (count: number) => `${counted(count, "photo")} removed.`,
  undo: "Undo",
  removeAgain: "Remove it again",
  cannotRemove: (count: number) =>
    `${counted(count, "photo")} can't be removed: what was sent for filing stays.`,
  bad: {
    notRemoved: "The photo was not removed.",
    order: "The order was not kept.",
  },
};
