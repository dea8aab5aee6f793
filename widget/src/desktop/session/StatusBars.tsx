// Bars under the banner: no connection, session about to end, nearly full. Each says what to do next.
import { counted } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { UnfiledBars } from "./UnfiledBars";

export function StatusBars() {
  const { session, images } = useStore();
  const limits = session.capabilities.value?.limits;
  const count = images.all.value.length;
  const minutes = session.minutesLeft.value ?? 0;
  return (
    <div class="bars" role="status">
      {!session.connected.value && (
        <p class="bar bar-bad">
          <Icon name="offline" />
          No connection to the server. Photos already added are safe; this page reconnects by itself.
        </p>
      )}
      {session.connected.value && session.expiring.value && (
        <p class="bar bar-warn">
          <Icon name="clock" />
          <span>This session ends in {counted(minutes, "minute")}. File the photos, or keep working.</span>
          <button type="button" class="button small" onClick={session.prolong}>
            Keep working
          </button>
        </p>
      )}
      <UnfiledBars />
      {limits && count >= limits.warnPictures && (
        <p class="bar bar-note">
          {count >= limits.maxPictures
            ? `This session is full: it holds ${limits.maxPictures} photos. File them before adding more.`
            : `${count} of ${limits.maxPictures} photos. There is room for ${limits.maxPictures - count} more.`}
        </p>
      )}
    </div>
  );
}
