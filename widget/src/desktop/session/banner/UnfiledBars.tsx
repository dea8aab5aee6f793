// Bars about this patient's photos that a colleague has open. Other patients' are in the tray only.
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.session.unfiled;

export function UnfiledBars() {
  const { unfiled, session } = useStore();
  const patient = session.session.value?.patient.name;
  return (
    <>
      {unfiled.elsewhere.value.map((left) => (
        <p key={left.oldest} class="bar bar-note">
          {words.elsewhere(left.providerName || words.colleague, left.count, patient)}
        </p>
      ))}
    </>
  );
}
