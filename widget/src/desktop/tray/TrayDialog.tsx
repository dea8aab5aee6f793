// The tray: what is on its way for other patients, what was refused, and what was left unfiled.
import type { TrayItem } from "../../api/types";
import { timeAndDay } from "../../shared/wording";
import { useStore } from "../context";
import { Dialog } from "../dialogs/Dialog";
import { Icon, type IconName } from "../Icon";
import { locale } from "../locale";

const words = locale.tray;

export function TrayDialog() {
  const { tray } = useStore();
  return (
    <Dialog
      id="tray"
      kind="dialog-small"
      title={words.title}
      open={tray.open.value}
      closeName={words.close}
      onClose={tray.close}
      forPatient={false}
    >
      <div class="dialog-body">
        {tray.items.value.length === 0 ? (
          <p>{words.none}</p>
        ) : (
          <ul class="tray-list" aria-live="polite">
            {tray.items.value.map((item) => (
              <Row key={item.id} item={item} />
            ))}
          </ul>
        )}
        {tray.items.value.some(({ state }) => state !== "filed") && <p class="fine">{words.how}</p>}
      </div>
    </Dialog>
  );
}

const ICONS: Record<TrayItem["state"], IconName> = {
  sending: "clock",
  waiting: "clock",
  refused: "cross",
  partly: "cross",
  unverified: "question",
  filed: "check",
  unfiled: "image",
};

function Row({ item }: { item: TrayItem }) {
  return (
    <li class={`tray-item tray-${item.state}`}>
      {item.state === "sending" ? <span class="spinner" /> : <Icon name={ICONS[item.state]} />}
      <div>
        <p class="row-title">
          {item.patient.initials} · {item.patient.nhi}
        </p>
        <p>
          {words.states[item.state](
            words.what(item.subject, item.count),
            timeAndDay(item.updatedAt, new Date()),
          )}
        </p>
        {item.state !== "filed" && item.detail && <p class="row-more">{item.detail}</p>}
        {item.state === "waiting" && item.givesUpAt && (
          <p class="row-more">{words.until(timeAndDay(item.givesUpAt, new Date()))}</p>
        )}
      </div>
    </li>
  );
}
