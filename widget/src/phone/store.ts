// The phone's store: slices put together, and what wakes them.
import { computed, signal } from "@preact/signals";
import type { Listen } from "../api/events";
import type { Previews } from "../desktop/images/thumbs";
import type { Clock, Memory } from "../shared/clock";
import type { Darkroom } from "./capture/imageWorker";
import type { PhoneGateway } from "./gateway";
import { createLink } from "./link/link";
import { createRoll } from "./pending/pending";
import type { Vault } from "./pending/pendingStore";
import { createSending } from "./pending/sending";
import { createArrived } from "./sent/sent";

export type Surroundings = {
  gateway: PhoneGateway;
  clock: Clock;
  vault: Vault;
  darkroom: Darkroom;
  previews: Previews;
  newKey: () => string;
  listen: Listen;
  /** Lives as long as the tab. */
  memory: Memory;
};

const GALLERY = "clinicpro-phone-gallery";

export function createPhoneStore({
  gateway,
  clock,
  vault,
  darkroom,
  previews,
  newKey,
  listen,
  memory,
}: Surroundings) {
  const link = createLink(gateway, clock);
  const arrived = createArrived(gateway, link);
  const roll = createRoll(link, vault, darkroom, previews, clock, newKey);
  const sending = createSending(gateway, clock, link, roll, arrived);
  /** Key of the shot, or id of the sent picture, that is looked at large. */
  const lookingAt = signal("");
  /** Photos were chosen from the phone's gallery, where they still are: this page can't delete them there. */
  const fromGallery = signal(memory.getItem(GALLERY) === "yes");
  const idle = computed(() => roll.shots.value.length === 0 && roll.arriving.value === 0);
  const sent = computed(() => arrived.images.value.length > 0 || sending.delivered.value > 0);
  /** Nobody has taken a picture here yet; there may be some from before. */
  const untouched = computed(() => idle.value && !sent.value);
  const done = computed(() => idle.value && sent.value && roll.leftovers.value.length === 0);

  async function take(files: readonly Blob[], origin: "camera" | "gallery", replaces = "") {
    if (files.length === 0) return;
    if (origin === "gallery") {
      fromGallery.value = true;
      memory.setItem(GALLERY, "yes");
    }
    const key = await roll.add(files, origin, replaces, sending.wake);
    if (origin === "camera") lookingAt.value = key;
  }

  /** After a locked screen, a lost network, another app: is the link still there, and what is still to be sent? */
  async function wake() {
    await link.check();
    void roll.develop();
    sending.wake();
  }

  function begin() {
    const stop = listen(gateway.eventsAddress(), {
      heard: () => {
        link.connected.value = true;
      },
      on: {
        "handoff.updated": () => void link.check(),
        // Our own upload announces itself too; its tile turns into the picture when the answer is in.
        "image.added": (image) => roll.moving.peek().length === 0 && arrived.receive(image),
        "image.updated": arrived.receive,
        "image.removed": ({ id }) => arrived.forget(id),
      },
      catchUp: async () => {
        await arrived.refresh();
        sending.wake();
      },
      silent: () => {
        link.connected.value = false;
      },
    });
    link.open.subscribe((open) => {
      if (open) return;
      stop();
      void roll.lookAgain();
    });
    void arrived.refresh();
    sending.wake();
  }

  /** Takes in what an earlier session of this patient left; what was to be sent then is sent now. */
  async function takeLeftovers() {
    await roll.takeLeftovers();
    sending.wake();
  }

  async function start(token: string) {
    if (await link.start(token, roll.recall)) begin();
  }

  /** The person chose to go on with the session that this phone was linked to before. */
  async function carryOn() {
    const before = link.earlier.peek();
    if (!before) return;
    await link.enter(before, roll.recall);
    begin();
  }

  return {
    link,
    roll,
    sending,
    arrived,
    lookingAt,
    fromGallery,
    untouched,
    done,
    take,
    wake,
    takeLeftovers,
    start,
    carryOn,
  };
}

export type PhoneStore = ReturnType<typeof createPhoneStore>;
