// The way to the tray: how many photos of other patients are on their way or need a person.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.tray;

export function TrayButton() {
  const { tray } = useStore();
  const count = tray.items.value.filter(({ state }) => state !== "filed").length;
  const tone = tray.trouble.value > 0 ? "bad" : tray.moving.value > 0 ? "moving" : "";
  if (tray.items.value.length === 0) return null;
  return (
    <button type="button" class="button quiet tray-button" data-tone={tone} onClick={tray.show}>
      <Icon name="tray" />
      <span class="tray-word">{words.name}</span>
      {count > 0 && (
        <b>
          {count}
          <span class="unseen"> {words.summary(tray.trouble.value, tray.moving.value)}</span>
        </b>
      )}
    </button>
  );
}
