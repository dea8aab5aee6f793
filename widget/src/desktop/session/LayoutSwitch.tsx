// Images as a grid beside the large one, or as a strip above it.
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.session;

export function LayoutSwitch() {
  const { preferences, images } = useStore();
  if (images.all.value.length === 0) return null;
  const other = preferences.layout.value === "grid" ? "strip" : "grid";
  const name = other === "strip" ? words.asStrip : words.asGrid;
  return (
    <button
      type="button"
      class="button icon-only quiet layout-switch"
      aria-label={name}
      title={name}
      onClick={() => preferences.setLayout(other)}
    >
      <Icon name={other} />
    </button>
  );
}
