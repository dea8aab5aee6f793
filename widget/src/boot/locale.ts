// What the page says while Medtech is asked whose record is open, and if that fails.

export const bootWords = {
  asking: "Asking Medtech whose record is open…",
  slow: "Medtech is taking longer than usual. This page waits up to 12 seconds.",
  again: "Try again",
  silent: {
    title: "ClinicPro Images is not answering",
    detail:
      "The server has not answered for 12 seconds, so no patient was opened. Check the network, then try again.",
  },
  refused: {
    title: "This browser doesn't let ClinicPro Images work inside Evolution's window",
    detail:
      "The patient is open, but the browser refused the cookie that this window needs. Continue in a tab of its own: it opens with the same patient.",
    open: "Open in a tab",
  },
  noCookie: {
    title: "This browser refused the cookie that ClinicPro Images needs",
    detail: "Allow cookies for this address, then start ClinicPro Images from Evolution again.",
  },
};
