// Bars about this patient's photos that aren't here: a colleague has them open, or they are under way. Other patients' are in the tray only.
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.session.unfiled;

export function UnfiledBars() {
  const { unfiled, session } = useStore();
  const patient = session.session.value?.patient.name;
  const moving = unfiled.underWay.value;
  return (
    <>
      {moving > 0 && (
        <p class="bar bar-note">
          {words.underWay(moving, patient, Boolean(session.session.value?.restoredFrom))}
        </p>
      )}
      {unfiled.elsewhere.value.map((left) => (
        <p key={left.oldest} class="bar bar-note">
          {words.elsewhere(left.providerName || words.colleague, left.count, patient)}
        </p>
      ))}
    </>
  );
}
