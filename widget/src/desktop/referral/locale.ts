// What the page says about referral packs.

export const referralWords = {
  title: "For a referral",
  limit: "Each file up to",
  /** The size that is asked for until the others are known. */
  usual: "500 kB",
  identified: "With name and NHI",
  files: (count: number | null) => (count === null ? "" : `, at most ${count} files`),
  saveAll: (count: number) => (count === 1 ? "Save the photo (ZIP)" : `Save all ${count} (ZIP)`),
  paragraph: "Copy the text for the form",
  copy: "Copy",
  copyOf: (title: string) => `Copy for e-referral: ${title}`,
  save: "Save",
  saveOf: (title: string) => `Save for e-referral: ${title}`,
  copied: "Copied",
  saved: "Saved",
  preparing: "Preparing the files…",
  drag: "Drag this onto the form",
  hint: "What was filed, as JPEGs. Drag a photo onto the form, or save it; delete saved files once they are attached. Copy is for pasting into Word or an email: a pasted picture is larger. Name and NHI are only ever in the ZIP and the text: the browser lists what it saves.",
  zip: "Photos for referral.zip",
  original: "Unmarked original…",
  originalName: (name: string) => name.replace(/(\.\w+)?$/, " (unmarked original)$1"),
  originalWarns:
    "The original shows what the filed copy hides: whatever was blurred or cropped away can be seen in it.",
  saveOriginal: "Save the unmarked original",
  cancel: "Cancel",
  until: (time: string) => `Available until ${time}, while this session lasts.`,
  bad: {
    noClipboard: "This browser doesn't let the page copy. Save it instead.",
    noTextCopied: "This browser doesn't let the page copy. Save the ZIP instead: the text is in it.",
  },
};
