// What the keyboard help says. The editor's keys are its actions' own (editor/actions).

export const helpWords = {
  title: "Keyboard",
  close: "Close",
  list: "List of keys",
  groups: [
    [
      "Photos",
      [
        ["← → ↑ ↓", "Previous or next photo"],
        ["Page Up, Page Down", "The same from anywhere, also while describing"],
        ["Shift + arrow", "Select several"],
        ["Ctrl + A", "Select all"],
        ["Ctrl + Space", "Add this one to the selection, or take it away"],
        ["Ctrl + ← →", "Move what is selected earlier or later"],
        ["Delete", "Remove what is selected"],
        ["Ctrl + Z", "Bring back what was removed"],
        ["Ctrl + V", "Add a photo from the clipboard"],
      ],
    ],
    [
      "Describe and file",
      [
        ["Enter", "To the details of the photo"],
        ["letters", "Among the body sites: search"],
        ["Esc", "Back to the photos"],
        ["Ctrl + Enter", "Review and file"],
        ["Ctrl + K", "Find a command or a body site"],
      ],
    ],
    [
      "Large photo",
      [
        ["+ − 0 1", "Larger, smaller, fit, its own size"],
        ["← → ↑ ↓", "Move it while it is enlarged"],
      ],
    ],
  ] as [string, [string, string][]][],
  editing: "Editing a photo",
  sessions: "Your open sessions and phones",
  letters: "Single letters",
  /** Letters that belong to buttons; shown where the button is. */
  buttons: [
    ["E", "Edit the photo"],
    ["C", "Take a photo with this computer's camera"],
    ["P", "Use your phone as the camera"],
    ["?", "This list"],
  ] as [string, string][],
  lettersOn: "Single letters work as keys",
  lettersHint: "Switch this off if you speak to your computer and it types by mistake",
};
