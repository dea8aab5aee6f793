// The phone's store: slices put together, and what wakes them.
import { computed, signal } from "@preact/signals";
import type { Listen } from "../api/events";
import type { Clock } from "../shared/clock";
import type { Previews } from "../shared/previews";
import type { Memory } from "../shared/storage";
import type { ImageWorker } from "./capture/imageWorker";
import type { PhoneGateway } from "./gateway";
import { createLink } from "./link/link";
import { createPending } from "./pending/pending";
import type { PendingStore } from "./pending/pendingStore";
import { createSending } from "./pending/sending";
import { createSentImages } from "./sent/sent";

export type PhoneParts = {
  gateway: PhoneGateway;
  clock: Clock;
  pendingStore: PendingStore;
  imageWorker: ImageWorker;
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
  pendingStore,
  imageWorker,
  previews,
  newKey,
  listen,
  memory,
}: PhoneParts) {
  const link = createLink(gateway, clock);
  const sentImages = createSentImages(gateway, link);
  const pending = createPending({ link, pendingStore, imageWorker, previews, clock, newKey });
  const sending = createSending(gateway, clock, link, pending, sentImages);
  /** Key of the image, or id of the sent image, that is looked at large. */
  const opened = signal("");
  /** Photos were chosen from the phone's gallery, where they still are: this page can't delete them there. */
  const fromGallery = signal(memory.getItem(GALLERY) === "yes");
  const idle = computed(() => pending.images.value.length === 0 && pending.arriving.value === 0);
  const sent = computed(() => sentImages.images.value.length > 0 || sending.delivered.value > 0);
  /** Nobody has taken an image here yet; there may be some from before. */
  const untouched = computed(() => idle.value && !sent.value);
  const done = computed(() => idle.value && sent.value && pending.earlier.value.length === 0);

  async function take(files: readonly Blob[], origin: "camera" | "gallery", replaces = "") {
    if (files.length === 0) return;
    if (origin === "gallery") {
      fromGallery.value = true;
      memory.setItem(GALLERY, "yes");
    }
    const key = await pending.add(files, origin, replaces, sending.wake);
    if (origin === "camera") opened.value = key;
  }

  /** After a locked screen, a lost network, another app: is the link still there, and what is still to be sent? */
  async function wake() {
    await link.check();
    void pending.prepare();
    sending.wake();
  }

  function begin() {
    const stop = listen(gateway.eventsAddress(), {
      heard: () => {
        link.connected.value = true;
      },
      on: {
        "handoff.updated": () => void link.check(),
        // Our own upload announces itself too; its tile turns into the image when the answer is in.
        "image.added": (image) => pending.moving.peek().length === 0 && sentImages.receive(image),
        "image.updated": sentImages.receive,
        "image.removed": ({ id }) => sentImages.forget(id),
      },
      catchUp: async () => {
        await sentImages.refresh();
        sending.wake();
      },
      silent: () => {
        link.connected.value = false;
      },
    });
    link.open.subscribe((open) => {
      if (open) return;
      stop();
      void pending.forgetRemoved();
    });
    void sentImages.refresh();
    sending.wake();
  }

  /** Takes in what an earlier session of this patient left; what was to be sent then is sent now. */
  async function addEarlier() {
    await pending.addEarlier();
    sending.wake();
  }

  async function start(token: string) {
    if (await link.start(token, pending.recall)) begin();
  }

  /** The person chose to go on with the session that this phone was linked to before. */
  async function carryOn() {
    const before = link.earlierSession.peek();
    if (!before) return;
    await link.enter(before, pending.recall);
    begin();
  }

  return {
    link,
    pending,
    sending,
    sentImages,
    opened,
    fromGallery,
    untouched,
    done,
    take,
    wake,
    addEarlier,
    start,
    carryOn,
  };
}

export type PhoneStore = ReturnType<typeof createPhoneStore>;
