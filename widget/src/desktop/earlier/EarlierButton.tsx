// The one press behind which the earlier photos are. It is not there if Medtech doesn't let this installation read them.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.earlier;

export function EarlierButton({ quiet = false }: { quiet?: boolean }) {
  const { earlier } = useStore();
  if (!earlier.offer.value?.available) return null;
  const text = words.button(earlier.count.value);
  return (
    <button
      type="button"
      class={quiet ? "button quiet" : "button"}
      aria-haspopup="dialog"
      title={words.title}
      onClick={earlier.show}
    >
      <Icon name="clock" />
      <span class={quiet ? "bar-words" : ""}>{text}</span>
    </button>
  );
}
