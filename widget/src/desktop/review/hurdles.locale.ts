// What the page says of what keeps photos from being filed: known before the review itself is loaded.

export const hurdleWords = {
  sizeUnknown: "Its size is not known yet; it is made to fit when it is filed.",
  hurdles: {
    elsewhere: "Already submitted in another window. Go back to see progress.",
    none: "Tick at least one photo.",
    tooMany: (most: number) =>
      `A message or a task goes with at most ${most} photos. Untick some, and file those afterwards.`,
  },
};
