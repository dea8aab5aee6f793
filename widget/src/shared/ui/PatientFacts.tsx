// NHI, birth date with the age, and sex: the same line on the desktop and on the phone.
import type { Patient } from "../../api/types";
import { age, calendarDate, capitalised } from "../wording";

type Props = { patient: Pick<Patient, "nhi" | "birthDate" | "sex"> };

export function PatientFacts({ patient }: Props) {
  const years = age(patient.birthDate, new Date());
  return (
    <p class="facts">
      <span>
        NHI <b>{patient.nhi}</b>
      </span>
      <span>
        Born <b>{calendarDate(patient.birthDate)}</b>
        {years && ` (${years})`}
      </span>
      <span>{capitalised(patient.sex)}</span>
    </p>
  );
}
