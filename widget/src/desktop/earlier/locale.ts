// What the earlier photos say.

export const earlierWords = {
  button: (count: number | null) => (count === null ? "Earlier photos" : `Earlier photos (${count})`),
  title: "Earlier photos",
  close: "Close",
  loading: "Asking Medtech for earlier photos …",
  none: "Medtech lists no earlier photos of this patient.",
  noneShown: "No earlier photo of this patient can be shown here.",
  noneMore: "Photos that were filed to other folders, or that Medtech does not list, are only in Evolution.",
  notOpened: "The earlier photos could not be opened. Check the connection and try again.",
  again: "Try again",
  others: "Filed by others",
  undated: "No date",
  unproven: (count: number) =>
    count === 1
      ? "One more photo is not shown, because Medtech's list doesn't prove that it is this patient's."
      : `${count} more photos are not shown, because Medtech's list doesn't prove that they are this patient's.`,
  more: "There may be others; look for them in Evolution.",
  document: "PDF",
  loadingOne: "Asking Medtech for it …",
  notLoaded: "Not loaded. Open it in Evolution.",
  compared: "Compare with an earlier photo",
  how: "How to compare",
  side: "Side by side",
  swipe: "Swipe",
  blink: "Blink",
  blinkNow: "Show the other one",
  showing: { now: "Showing the new photo", earlier: "Showing the earlier photo" },
  divider: "How much of the earlier photo is shown",
  newTaken: (when: string) => `New · ${when}`,
  lineUp: "Line up",
  lineUpWhy: "Lays the earlier photo over the new one where both show the same skin",
  looking: "Lining up …",
  unsure: "Shown as it was taken: where it lies over the new photo isn't certain.",
  sameLesion: "Same lesion again",
  sameLesionWhy: "Takes over site, side, type and label",
  taken: (count: number) => (count === 1 ? "Taken over for this photo." : `Taken over for ${count} photos.`),
  undo: "Undo",
  putAway: "Put the earlier photo away",
  overlay: "Earlier photo over the camera",
  willStand:
    "It will be shown beside the new photo, and faintly over the camera of this computer and of a phone.",
  notOnPhone: "A phone's camera doesn't show the earlier photo. Choose it again.",
  enlarged: (percent: string) =>
    `Both photos, enlarged to ${percent}. Plus, minus, 0 and the arrows move them together.`,
  earlierPhoto: (title: string, when: string) => `Earlier photo: ${title}, ${when}`,
  newPhoto: (number: number) => `New photo ${number}`,
};
