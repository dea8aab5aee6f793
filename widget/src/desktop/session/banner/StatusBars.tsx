// Bars under the banner: no connection, session about to end, nearly full. Each says what to do next.

import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { UnfiledBars } from "./UnfiledBars";

const words = locale.session;

export function StatusBars() {
  const { session, images } = useStore();
  const limits = session.capabilities.value?.limits;
  const count = images.all.value.length;
  const restoredFrom = session.session.value?.restoredFrom;
  const minutes = session.minutesLeft.value ?? 0;
  return (
    <div class="bars" role="status">
      {!session.connected.value && (
        <p class="bar bar-bad">
          <Icon name="offline" />
          <span>{words.offline}</span>
        </p>
      )}
      {session.connected.value && session.expiring.value && (
        <p class="bar bar-warn">
          <Icon name="clock" />
          <span>{words.expiring(minutes)}</span>
          <button type="button" class="button small" onClick={session.prolong}>
            {words.keepWorking}
          </button>
        </p>
      )}
      {restoredFrom && (
        <p class="bar bar-warn">
          <Icon name="attention" />
          <span>{words.restored(restoredFrom)}</span>
        </p>
      )}
      <UnfiledBars />
      {limits && count >= limits.warnPictures && (
        <p class="bar bar-note">
          {count >= limits.maxPictures
            ? words.full(limits.maxPictures)
            : words.nearlyFull(count, limits.maxPictures)}
        </p>
      )}
    </div>
  );
}
