// The chosen earlier photo, faint over a viewfinder, to repeat framing and distance. It is never part of the new photo.
import { earlierAddress } from "../../../api/addresses";
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.earlier;

export function Overlay() {
  const { earlier } = useStore();
  const chosen = earlier.chosen.value;
  const strength = earlier.overlay.value;
  if (!chosen || strength === 0) return null;
  return (
    <img
      class="overlay-photo"
      src={earlierAddress(chosen.id, "view")}
      alt=""
      draggable={false}
      style={{ opacity: strength / 100 }}
    />
  );
}

export function OverlayStrength() {
  const { earlier } = useStore();
  if (!earlier.chosen.value) return null;
  return (
    <label class="overlay-strength">
      {words.overlay}{" "}
      <input
        type="range"
        min={0}
        max={70}
        step={5}
        value={earlier.overlay.value}
        onInput={(event) => earlier.showOverlay(Number(event.currentTarget.value))}
      />
    </label>
  );
}
