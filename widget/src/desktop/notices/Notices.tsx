// Short messages above the action bar; read out once, and never taking the focus.
import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.notices;

export function Notices() {
  const { notices } = useStore();
  return (
    <div class="notices" role="log" aria-label={words.list} aria-live="polite">
      {notices.list.value.map((notice) => (
        <div key={notice.id} class={`notice notice-${notice.tone}`}>
          <p>
            {notice.text}
            <Reference of={notice.reference} />
          </p>
          {notice.action && (
            <button
              type="button"
              class="button small"
              onClick={() => {
                notice.action?.run();
                notices.dismiss(notice.id);
              }}
            >
              {notice.action.label}
            </button>
          )}
          <button
            type="button"
            class="button icon-only quiet small"
            aria-label={words.dismiss}
            onClick={() => notices.dismiss(notice.id)}
          >
            <Icon name="cross" />
          </button>
        </div>
      ))}
    </div>
  );
}
