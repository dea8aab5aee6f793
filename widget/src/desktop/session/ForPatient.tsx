// In a dialog that takes images: whose they will be, since the banner lies behind it.

import { useStore } from "../context";
import { locale } from "../locale";

const words = locale.session;

export function ForPatient() {
  const patient = useStore().session.session.value?.patient;
  if (!patient) return null;
  return <p class="for-patient">{words.forPatient(patient)}</p>;
}
