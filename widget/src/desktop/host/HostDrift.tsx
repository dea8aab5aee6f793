// Evolution shows another patient than this window: said where the patient is named, and again before filing.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

export function HostDrift({ kind }: { kind: "banner-drift" | "review-refused" }) {
  const { host, session } = useStore();
  const drift = host.drift.value;
  const name = session.session.value?.patient.name;
  return (
    <div class="drift" role="alert">
      {drift && name && (
        <p class={kind}>
          <Icon name="attention" />
          <span>{locale.session.drift[drift](name)}</span>
        </p>
      )}
    </div>
  );
}
