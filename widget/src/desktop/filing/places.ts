// Where in Evolution a filed image is found, by the gateway's commit target.

export const PLACES = {
  scan: "Inbox › Scan",
  media: "Inbox › Media",
  both: "Inbox › Scan and Inbox › Media",
} as const;
