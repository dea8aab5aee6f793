// What the page says about opening the editor and saving what it made.

export const editingWords = {
  title: (number: number) => `Edit photo ${number}`,
  opening: "Opening the editor…",
  close: "Close",
  arriving: "This photo is still arriving. Press Edit again in a moment.",
  pdf: "A PDF can't be edited: its pages are filed as they are. Add the page as a photo to draw on it.",
  saved: (number: number) => `Saved as photo ${number}. The original is kept.`,
  tryAgain: "Try again",
  reload: "Reload",
  bad: {
    full: "The session is full, and an edited copy is one more photo. Remove one first.",
    notOpened: "The photo could not be opened for editing.",
    notSaved: "The copy was not saved.",
    perhapsSaved: "It isn't known whether the copy was saved. Save it again: it is kept once.",
    notLoaded: "The editor could not be loaded. Check the connection, then try again.",
    notLoadedAgain:
      "The editor could not be loaded. Reload this page; all photos stay, whatever the browser asks.",
  },
};
