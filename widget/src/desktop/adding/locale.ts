// What the page says about getting photos in: the empty page, buttons, uploads, and files that stayed out.
import { counted } from "../../shared/wording";

export const addingWords = {
  loading: "Loading photos…",
  add: "Add photos",
  phone: "Phone",
  phoneConnected: "Phone connected",
  onPhone: (count: number) => `${count} more on the phone`,
  webcam: "Webcam",
  phoneKey: "Use your phone as the camera (P)",
  webcamKey: "Take a photo with this computer's camera (C)",
  drop: "Drop photos here",
  otherWays: "or paste one with Ctrl + V, or choose files from this computer",
  limits: (types: string, size: string) =>
    `${types}, up to ${size} each. Location and camera details are removed.`,
  or: " or ",
  dropTo: (patient: string | undefined) => `Drop to add to ${patient}`,
  examples: "Try an invented example photo",
  firstSteps: {
    title: "How it works",
    hide: "Don't show this again",
    steps: [
      ["Add photos", "From this computer, the clipboard or your phone. They stay here until you file them."],
      ["Choose the body site", "One click is enough. Side, type and label make it easier to find again."],
      [
        "Review and file",
        "Into the open patient's inbox in Evolution. Nothing is filed before you have reviewed it.",
      ],
    ] as [string, string][],
  },
  adding: "Adding photo",
  waiting: "Waiting",
  checking: "Checking",
  tryAgain: "Try again",
  dismiss: "Dismiss",
  unnamed: "photo",
  severalHere: (count: number) => `${count} of those photos were here already.`,
  alreadyHere: (number: number) => `That photo is already here: photo ${number}.`,
  roomNow: (count: number) =>
    `${counted(count, "photo")} ${count === 1 ? "wasn't" : "weren't"} added before. There is room now.`,
  addNow: (count: number) => `Add ${count === 1 ? "it" : "them"}`,
  tooLarge: "Photo too large",
  unreadable: "Photo can't be read",
  bad: {
    folders: "Folders can't be added. Open the folder, choose the photos and drop those.",
    full: (most: number, left: number) =>
      `${counted(left, "photo")} ${left === 1 ? "wasn't" : "weren't"} added: ${most} photos at a time. Remove some, or file these and open the patient again from Evolution.`,
    unreadable:
      "The browser can't read this file any more: it was moved, or is still in a cloud folder. Choose it again.",
    tooLarge: (size: string, most: string) =>
      `This photo is ${size}; the most is ${most}. Take it at a lower resolution and add it again.`,
  },
};
