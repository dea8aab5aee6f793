// The earlier photo that was chosen on the desktop, and how strongly it is drawn over the viewfinder.
import { signal } from "@preact/signals";
import type { PhoneGateway } from "../gateway";

const STRENGTH = 30;

export function createOverlay(gateway: PhoneGateway) {
  const chosen = signal<string | null>(null);
  /** In per cent; 0 hides it. */
  const strength = signal(STRENGTH);
  /** The photo itself could not be fetched. */
  const lost = signal(false);

  /** What was heard or asked last: an answer that it overtook says what was chosen before. */
  let latest = 0;

  function show(id: string | null) {
    latest += 1;
    if (id !== chosen.peek()) lost.value = false;
    chosen.value = id;
  }

  /** It is an aid only: without an answer there is none. */
  async function refresh() {
    latest += 1;
    const asked = latest;
    await gateway.chosenEarlier().then(
      (id) => asked === latest && show(id),
      () => {},
    );
  }

  return { chosen, strength, lost, show, refresh, address: gateway.earlierAddress };
}
