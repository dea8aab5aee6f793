// Bars about images left unfiled: this patient's to be added here, others' named with the way to them.

import type { Unfiled } from "../../api/types";
import { calendarDate, clockTime, localInput } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.session.unfiled;

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
          <span>{words.ours(count, patient, when(first.oldest))}</span>
          <button
            type="button"
            class="button small"
            disabled={unfiled.busy.value}
            onClick={() => void unfiled.resume()}
          >
            {words.add(count)}
          </button>
          <button type="button" class="button small quiet" onClick={unfiled.later}>
            {words.later}
          </button>
        </p>
      )}
      {unfiled.elsewhere.value.map((left) => (
        <p key={left.oldest} class="bar bar-note">
          {words.elsewhere(left.providerName || words.colleague, left.count, patient)}
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
      <span>{words.others([...names].map(([name, n]) => `${name} (${n})`).join(", "))}</span>
    </p>
  );
}
