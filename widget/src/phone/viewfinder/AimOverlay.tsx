// What lies over the live picture: a frame to aim with, and the earlier photo whose framing is repeated. Neither is part of
// the new photo, which is taken from the camera alone.
import { usePhone } from "../context";
import type { View } from "../types";
import { viewfinderWords } from "./locale";

const words = viewfinderWords;

/** No frame for a context photo, which takes in as much as it can. */
export function AimOverlay({ view }: { view: View | null }) {
  const { overlay } = usePhone();
  const earlier = overlay.lost.value ? null : overlay.chosen.value;
  return (
    <div class="viewfinder-overlay" aria-hidden="true">
      {earlier && (
        <img
          class="viewfinder-earlier"
          src={overlay.address(earlier)}
          alt=""
          draggable={false}
          style={{ opacity: overlay.strength.value / 100 }}
          onError={() => (overlay.lost.value = true)}
        />
      )}
      {view === "close-up" && <span class="guide" />}
      {view === "dermoscopy" && <span class="guide guide-round" />}
    </div>
  );
}

/** How strongly the earlier photo shows. */
export function EarlierStrength() {
  const { overlay } = usePhone();
  if (!overlay.chosen.value) return null;
  if (overlay.lost.value) return <p class="words">{words.earlierLost}</p>;
  return (
    <label class="viewfinder-strength">
      {words.earlier}
      <input
        type="range"
        min={0}
        max={70}
        step={5}
        value={overlay.strength.value}
        aria-valuetext={words.earlierShare(overlay.strength.value)}
        onInput={(event) => (overlay.strength.value = Number(event.currentTarget.value))}
      />
    </label>
  );
}
