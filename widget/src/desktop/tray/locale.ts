// What the tray says: photos of other patients on their way, refused, to be checked, or left unfiled.
import { counted } from "../../shared/wording";

export const trayWords = {
  name: "Tray",
  title: "Other photos of yours",
  close: "Close",
  none: "Nothing is on its way, and nothing was left.",
  summary: (trouble: number, moving: number) =>
    [trouble > 0 && `${trouble} to look at`, moving > 0 && `${moving} on the way`].filter(Boolean).join(", "),
  what: (subject: "photos" | "message" | "task", count: number) =>
    subject === "photos" ? counted(count, "photo") : subject === "message" ? "The message" : "The task",
  states: {
    sending: (what: string) => `${what}: sending to Medtech`,
    waiting: (what: string) => `${what}: waiting for Medtech`,
    refused: (what: string, time: string) => `${what}: not filed, ${time}`,
    partly: (what: string, time: string) => `${what}: partly filed, ${time}`,
    unverified: (what: string, time: string) => `${what}: check the inbox in Evolution, ${time}`,
    filed: (what: string, time: string) => `${what}: filed at ${time}`,
    unfiled: (what: string, time: string) => `${what} not filed yet, from ${time}`,
  },
  until: (time: string) => `It keeps trying until ${time}.`,
  how: "To deal with them, open the patient in Evolution and press the ClinicPro Images icon. Photos that aren't filed are destroyed after 24 hours.",
};
