// Every sentence of the desktop page, by feature. Another language is another object of this shape.
import { sharedWords } from "../shared/locale";
import { addingWords } from "./adding/locale";
import { detailsWords } from "./details/locale";
import { earlierWords } from "./earlier/locale";
import { editingWords } from "./editing/locale";
import { filingWords } from "./filing/locale";
import { handoffWords } from "./handoff/locale";
import { imagesWords } from "./images/locale";
import { noticesWords } from "./notices/locale";
import { referralWords } from "./referral/locale";
import { sessionWords } from "./session/locale";
import { trayWords } from "./tray/locale";
import { webcamWords } from "./webcam/locale";

export const locale = {
  shared: sharedWords,
  adding: addingWords,
  details: detailsWords,
  earlier: earlierWords,
  editing: editingWords,
  filing: filingWords,
  handoff: handoffWords,
  images: imagesWords,
  notices: noticesWords,
  referral: referralWords,
  session: sessionWords,
  tray: trayWords,
  webcam: webcamWords,
};
