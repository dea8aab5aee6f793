// Bars about images left unfiled: this patient's to be added here, others' named with the way to them.
import type { Unfiled } from "../../api/types";
import { calendarDate, clockTime, counted, localInput } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";

const when = (iso: string) => `${calendarDate(localInput(iso).slice(0, 10))}, ${clockTime(iso)}`;

export function UnfiledBars() {
  const { unfiled, session } = useStore();
  const patient = session.session.value?.patient.name;
  const count = unfiled.count.value;
  const first = unfiled.ours.value[0];
  return (
    <>
      {first && (
        <p class="bar bar-warn">
          <Icon name="image" />
          <span>
            {counted(count, "photo")} of {patient} from {when(first.oldest)} {count === 1 ? "was" : "were"}{" "}
            not filed.
          </span>
          <button
            type="button"
            class="button small"
            disabled={unfiled.busy.value}
            onClick={() => void unfiled.resume()}
          >
            Add {count === 1 ? "it" : "them"} here
          </button>
          <button type="button" class="button small quiet" onClick={unfiled.later}>
            Not now
          </button>
        </p>
      )}
      {unfiled.elsewhere.value.map((left) => (
        <p key={left.oldest} class="bar bar-note">
          {left.providerName || "A colleague"} has {counted(left.count, "photo")} of {patient} open, not filed
          yet. They stay there while that page is open: ask, or wait.
        </p>
      ))}
      {unfiled.others.value.length > 0 && <Others lefts={unfiled.others.value} />}
    </>
  );
}

/** Named, so that they are not forgotten, and no more than that: they belong to other records. */
function Others({ lefts }: { lefts: Unfiled[] }) {
  const names = new Map<string, number>();
  for (const left of lefts) {
    names.set(left.patientName, (names.get(left.patientName) ?? 0) + left.count - left.underWay);
  }
  return (
    <p class="bar bar-note">
      <span>
        Not filed yet, for other patients: <b>{[...names].map(([name, n]) => `${name} (${n})`).join(", ")}</b>
        . They stay with those patients: open the patient in Evolution and press the icon. Unfiled images are
        destroyed after 24 hours.
      </span>
    </p>
  );
}
