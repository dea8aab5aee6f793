// What the page says about whose session it is: banner, bars, and the cards shown without a session.
import { calendarDate, capitalised, counted, dayAndTime } from "../../shared/wording";

type Patient = { name: string; nhi: string; birthDate: string; sex: string };

export const sessionWords = {
  environments: { production: "", uat: "UAT", sandbox: "Sandbox" } as Record<string, string>,
  environmentHint: "Nothing here reaches a real record",
  badgeHint: "Every screen of this session shows the same colour and word",
  help: "Keyboard help",
  asStrip: "Show as a strip",
  asGrid: "Show as a grid",
  openInTab: "Open in a tab",
  forPatient: ({ name, nhi, birthDate, sex }: Patient) => (
    <>
      For <b>{name}</b>, NHI <b>{nhi}</b>, born {calendarDate(birthDate)}, {sex}
    </>
  ),
  reload: "Reload",
  bad: {
    notLoaded: "A part of this page could not be loaded. Check the connection, then reload; all photos stay.",
    noTab: "Couldn't open a tab. Start ClinicPro Images from Evolution again.",
    notResumed: "The earlier photos were not added.",
  },
  recordCheck: {
    only: "",
    pending:
      "Still checking whether this practice has another record with this NHI. Filing waits 3 seconds at most.",
    unknown: "",
    inconsistent:
      "Medtech's responses about this patient don't agree, so nothing can be filed. Check the NHI in Evolution, then start again.",
    several: (others: number) =>
      `This practice has ${counted(others, "other record")} with this NHI. The photos go to the one that is open in Evolution.`,
  },
  drift: {
    other: (name: string) => `Evolution now shows another patient. This window is still for ${name}.`,
    none: (name: string) => `No patient is open in Evolution any more. This window is still for ${name}.`,
  },
  restored: (backup: string) =>
    `ClinicPro Images works with a restored backup of ${dayAndTime(backup)}. Photos added after that are not here: before you take one again, check the inbox in Evolution.`,
  opening: "Opening…",
  waiting: {
    title: "Waiting for the server",
    trying: "Trying again every few seconds. Nothing you added is lost.",
  },
  none: {
    title: "Open a patient in Evolution and press the ClinicPro Images icon",
    steps: [
      "In Medtech Evolution, open the patient's record.",
      "In the Patient Manager toolbar, press the ClinicPro Images icon.",
      "This page opens again, with that patient's name at the top.",
    ],
  },
  signIn: (address: string) => (
    <>
      Not using Evolution? <a href={address}>Sign in</a> and find the patient by NHI.
    </>
  ),
  ended: {
    title: "This session has ended",
    next: "Start ClinicPro Images from Evolution again, with the same patient open. Unfiled photos stay with that patient and are kept for 24 hours.",
  },
  changed: {
    unknown: "the previous patient",
    title: (name: string) => `This window is for ${name}`,
    facts: ({ nhi, birthDate }: Patient, badge: string) =>
      `NHI ${nhi} · born ${calendarDate(birthDate)} · ${badge}`,
    why: "ClinicPro Images has been opened from Evolution again, so nothing more can be added or filed here. Close this window and continue in the newer one.",
    kept: (name: string) =>
      `Unfiled photos of ${name} stay with that patient for 24 hours: open the patient in Evolution and press the ClinicPro Images icon.`,
  },
  patient: ({ nhi, birthDate, sex }: Patient) =>
    `NHI ${nhi} · born ${calendarDate(birthDate)} · ${capitalised(sex)}`,
  offline: "No connection to the server. Photos already added are safe; this page reconnects automatically.",
  expiring: (minutes: number) =>
    `This session ends in ${counted(minutes, "minute")}. File the photos, or keep working.`,
  keepWorking: "Keep working",
  full: (most: number) =>
    `${most} photos at a time. Remove some, or file these and open the patient again from Evolution.`,
  nearlyFull: (count: number, most: number) =>
    `${count} of ${most} photos. There is room for ${most - count} more.`,
  unfiled: {
    tryAgain: "Try again",
    colleague: "A colleague",
    underWay: (count: number, patient: string | undefined, restored: boolean) =>
      `${counted(count, "photo")} of ${patient} from another session ${count === 1 ? "is" : "are"} still being ${restored ? "looked for in Evolution" : "filed"}. Wait before you take ${count === 1 ? "it" : "one"} again.`,
    elsewhere: (who: string, count: number, patient: string | undefined) =>
      `${who} has ${counted(count, "photo")} of ${patient} open, not filed yet. ${count === 1 ? "It stays" : "They stay"} there while that page is open: ask, or wait.`,
  },
};
