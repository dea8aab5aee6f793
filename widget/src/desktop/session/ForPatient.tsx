// In a dialog that takes images: whose they will be, since the banner lies behind it.
import { calendarDate } from "../../shared/wording";
import { useStore } from "../context";

export function ForPatient() {
  const patient = useStore().session.session.value?.patient;
  if (!patient) return null;
  return (
    <p class="for-patient">
      For <b>{patient.name}</b>, NHI <b>{patient.nhi}</b>, born {calendarDate(patient.birthDate)},{" "}
      {patient.sex}
    </p>
  );
}
