// The tray: what is on its way for other patients, what was refused, and what was left unfiled.
import { useEffect, useRef } from "preact/hooks";
import type { TrayItem } from "../../api/types";
import { clockTime } from "../../shared/wording";
import { useStore } from "../context";
import { Icon, type IconName } from "../Icon";
import { locale } from "../locale";

const words = locale.tray;

export function TrayDialog() {
  const { tray } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const open = tray.open.value;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog dialog-small" aria-labelledby="tray-title" onClose={tray.close}>
      <div class="dialog-head">
        <h2 id="tray-title">{words.title}</h2>
        <button type="button" class="button icon-only quiet" aria-label={words.close} onClick={tray.close}>
          <Icon name="cross" />
        </button>
      </div>
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
        <p class="fine">{words.how}</p>
      </div>
    </dialog>
  );
}

const ICONS: Record<TrayItem["state"], IconName> = {
  sending: "clock",
  waiting: "clock",
  refused: "cross",
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
        <p>{words.states[item.state](words.what(item.subject, item.count), clockTime(item.updatedAt))}</p>
        {item.state !== "filed" && item.detail && <p class="row-more">{item.detail}</p>}
        {item.state === "waiting" && item.givesUpAt && (
          <p class="row-more">{words.until(clockTime(item.givesUpAt))}</p>
        )}
      </div>
    </li>
  );
}
