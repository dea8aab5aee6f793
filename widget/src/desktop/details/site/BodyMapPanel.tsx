// The switch of the body map; the drawing itself is loaded when it is first wanted.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import type { Merged } from "../subjects";

const words = locale.details.map;

type Map = FunctionComponent<{ merged: Merged }>;

export function BodyMapButton() {
  const { preferences } = useStore();
  const open = preferences.bodyMap.value;
  return (
    <button
      type="button"
      class="chip chip-map"
      aria-expanded={open}
      onClick={() => preferences.setBodyMap(!open)}
    >
      <Icon name="body" />
      {open ? words.close : words.open}
    </button>
  );
}

export function BodyMapPanel({ merged }: { merged: Merged }) {
  const { preferences, notices } = useStore();
  const [map, setMap] = useState<{ BodyMap: Map } | null>(null);
  const open = preferences.bodyMap.value;
  useEffect(() => {
    if (!open || map) return;
    import("../../bodyMap/BodyMap").then(
      (loaded) => setMap({ BodyMap: loaded.default }),
      () => notices.say(words.notLoaded, "bad"),
    );
  }, [open, map, notices]);
  if (!open) return null;
  return map ? <map.BodyMap merged={merged} /> : <div class="body-map body-map-loading" />;
}
