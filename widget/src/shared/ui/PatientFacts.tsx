// NHI, birth date with the age, and sex: the same line on the desktop and on the phone.
import type { Patient } from "../../api/types";
import { sharedWords } from "../locale";
import { age, calendarDate, capitalised } from "../wording";

type Props = { patient: Pick<Patient, "nhi" | "birthDate" | "sex"> };

export function PatientFacts({ patient }: Props) {
  const years = age(patient.birthDate, new Date());
  return (
    <p class="facts">
      <span>
        {sharedWords.nhi}{" "}
        <bdi>
          <b>{patient.nhi}</b>
        </bdi>
      </span>
      <span>
        {sharedWords.born} <b>{calendarDate(patient.birthDate)}</b>
        {years && ` (${years})`}
      </span>
      <span>{capitalised(patient.sex)}</span>
    </p>
  );
}
