// What the page says about copies for e-referrals.

export const referralWords = {
  upTo: "Copies for e-referrals up to",
  hint: "An unaltered JPEG, offered on the receipt while this page is open.",
  copy: "Copy for e-referral",
  copyOf: (title: string) => `Copy for e-referral: ${title}`,
  save: "Save for e-referral",
  saveOf: (title: string) => `Save for e-referral: ${title}`,
  copied: "Photo copied. Paste it into the referral.",
  saved: "Saved for the referral. Delete the file once it is attached.",
  saveInstead: "Save it",
  bad: {
    noClipboard: "This browser does not let the page copy photos. Save it as a file instead.",
  },
};
