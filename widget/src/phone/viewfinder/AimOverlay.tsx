// What lies over the live picture: a frame to aim with. An earlier photo to repeat its framing has its place here too.
import type { View } from "../types";

/** No frame for a context photo, which takes in as much as it can. */
export function AimOverlay({ view }: { view: View | null }) {
  return (
    <div class="viewfinder-overlay" aria-hidden="true">
      {view === "close-up" && <span class="guide" />}
      {view === "dermoscopy" && <span class="guide guide-round" />}
    </div>
  );
}
