// The phone's store: slices put together, and what wakes them.
import { computed, effect, signal } from "@preact/signals";
import type { Listen } from "../api/stream/events";
import type { Previews } from "../shared/images/previews";
import type { Memory } from "../shared/storage";
import type { Clock } from "../shared/time/clock";
import { createCameraMark } from "./capture/cameraMark";
import { createChooser } from "./capture/chooser";
import type { ImageWorker } from "./capture/preparing/imageWorker";
import type { PhoneGateway } from "./gateway";
import { createLink, SIGNED_IN } from "./link/link";
import { createPending } from "./pending/pending";
import { createSending } from "./pending/sending/sending";
import type { PendingStore } from "./pending/storage/pendingStore";
import { createScreens, type PageHistory } from "./screens/screens";
import { createSentImages } from "./sent/sent";
import { createOverlay } from "./viewfinder/overlay";

export type PhoneParts = {
  gateway: PhoneGateway;
  clock: Clock;
  pendingStore: PendingStore;
  imageWorker: ImageWorker;
  previews: Previews;
  newKey: () => string;
  listen: Listen;
  history: PageHistory;
  /** Lives as long as the tab. */
  memory: Memory;
  /** Is the same for all tabs, and outlives them. */
  shared: Memory;
  reload: () => void;
  /** Whether something lies over this page, such as the phone's camera app. */
  isCovered: () => boolean;
  /** The phone's owner asked to save data. */
  savesData: () => boolean;
};

const GALLERY = "clinicpro-phone-gallery";
const BY_APP = "clinicpro-phone-by-app";
const RELOADED = "clinicpro-phone-reloaded";
const RELOAD_AGAIN_MS = 60_000;
const REPORT_MS = 400;

export function createPhoneStore(parts: PhoneParts) {
  const { gateway, clock, newKey, listen, memory } = parts;
  const link = createLink(gateway, clock, memory, newKey);
  const sentImages = createSentImages(gateway, link);
  const pending = createPending({
    ...parts,
    link,
    // If it doesn't go now, the server removes it within the hour.
    dropAhead: (imageId) => void gateway.remove(imageId).catch(() => {}),
  });
  const screens = createScreens(parts.history);
  const overlay = createOverlay(gateway);
  const cameraMark = createCameraMark(memory, clock);
  const chooser = createChooser(clock, parts.isCovered);
  const sending = createSending(gateway, clock, link, pending, sentImages, reopen, parts.savesData);
  /** Photos were chosen from the phone's gallery, where they still are: this page can't delete them there. */
  const fromGallery = signal(memory.getItem(GALLERY) === "yes");
  /** The last photo came from the phone's own camera app. */
  const byApp = signal(memory.getItem(BY_APP) === "yes");
  /** The shutter was pressed, and no photo came of it; not told yet, or told until the next press. */
  const shotFailed = signal(false);
  const idle = computed(
    () => pending.images.value.length === pending.behind.value.length && pending.arriving.value === 0,
  );
  const sent = computed(() => sentImages.images.value.length > 0 || sending.delivered.value > 0);
  const nothingLeft = computed(
    () => pending.earlier.value.length === 0 && pending.unreadables.value.length === 0,
  );
  /** Nobody has taken an image here yet; there may be some from before. */
  const untouched = computed(() => idle.value && !sent.value);
  const done = computed(() => idle.value && sent.value && nothingLeft.value);
  /** How many images are on this phone and not on the desktop. */
  const here = computed(
    () =>
      pending.arriving.value +
      pending.images.value.filter(
        ({ stage, state }) => stage !== "landed" && stage !== "behind" && state !== "refused",
      ).length,
  );

  /** A page that has lost the browser's storage gets it back by starting again; what is stored comes back with it. */
  function reopen() {
    const last = Number(memory.getItem(RELOADED) ?? 0);
    if (pending.fragile.peek() || screens.viewfinder.peek() || clock.now() - last < RELOAD_AGAIN_MS) return;
    memory.setItem(RELOADED, String(clock.now()));
    parts.reload();
  }

  /** From the phone's own camera app or its gallery. */
  async function take(files: readonly Blob[], origin: "camera" | "gallery", replaces = "") {
    cameraMark.clear();
    if (files.length === 0) return;
    if (origin === "gallery") {
      fromGallery.value = true;
      memory.setItem(GALLERY, "yes");
    }
    if (origin === "camera") {
      setByApp(true);
      shotFailed.value = false;
    }
    const key = await cameraMark.during(pending.add(files, origin, replaces, sending.wake));
    if (origin === "camera") screens.look(key);
  }

  function setByApp(used: boolean) {
    byApp.value = used;
    memory.setItem(BY_APP, used ? "yes" : "");
  }

  /** From the viewfinder, which stays open for the next one. */
  async function shoot(photo: Blob) {
    const replaces = screens.replaces.peek();
    screens.replaces.value = "";
    setByApp(false);
    return cameraMark.during(pending.add([photo], "camera", replaces, sending.wake));
  }

  /** After a locked screen, a lost network, another app: is the link still there, and what is still to be sent? */
  async function wake() {
    pending.forgetFinished();
    await pending.settle();
    await link.check();
    void pending.prepare();
    sending.wake();
  }

  /** Tells the desktop what this phone still holds, at most a few times a second, and again after a failure. */
  function reportWaiting(fresh: boolean) {
    let reported = fresh ? 0 : -1;
    let cancel = () => {};
    const report = () => {
      const count = here.peek();
      if (count === reported || !link.open.peek() || link.own.peek()) return;
      reported = count;
      gateway.reportWaiting(count).catch(() => {
        reported = -1;
      });
    };
    return effect(() => {
      cancel();
      if (here.value !== reported && link.connected.value && link.open.value)
        cancel = clock.after(REPORT_MS, report);
    });
  }

  function begin(fresh = false) {
    const stop = listen(gateway.eventsAddress(), {
      heard: () => {
        link.connected.value = true;
      },
      on: {
        "handoff.updated": ({ id, state }) => {
          if (id !== link.session.peek()?.id || state !== "connected") void link.check();
        },
        // Our own upload announces itself too; its tile turns into the image when the answer is in.
        "image.added": (image) => pending.moving.peek().length === 0 && sentImages.receive(image),
        "image.updated": sentImages.receive,
        "image.removed": ({ id }) => sentImages.forget(id),
        "earlier.chosen": ({ chosen }) => overlay.show(chosen),
      },
      catchUp: async () => {
        await sentImages.refresh();
        if (screens.viewfinder.peek()) void overlay.refresh();
        sending.wake();
      },
      silent: () => {
        link.connected.value = false;
      },
    });
    const stopReporting = reportWaiting(fresh);
    const ending = link.open.subscribe((open) => {
      if (open) return;
      stop();
      stopReporting();
      screens.closeAll();
      overlay.show(null);
      void pending.forgetRemoved();
      // A cut link takes no originals and no details; the photos are on the desktop.
      for (const { key, stage } of pending.images.peek()) {
        if (stage === "behind" || stage === "landed") void pending.remove(key);
      }
      queueMicrotask(() => ending());
    });
    void sentImages.refresh();
    sending.wake();
  }

  /** Storage that opens late brings what was in it. */
  void pending.opened.then(async () => {
    await pending.settle();
    if (link.open.peek()) await pending.recall();
    sending.wake();
  });

  /** Takes in what an earlier session of this patient left; what was to be sent then is sent now. */
  async function addEarlier() {
    await pending.addEarlier();
    sending.wake();
  }

  async function start(token: string) {
    link.phase.value = "opening";
    const unsent = (token && token !== SIGNED_IN) || link.isClaiming() ? await pending.owners() : [];
    const tags = [...new Set(unsent.map(({ patientTag }) => patientTag))];
    leftHere.value = unsent.length;
    lastToken = token;
    if (await link.start(token, tags, () => pending.recall())) begin(token !== "");
    else if (link.phase.peek() === "stranger") leftHere.value = (await pending.owners()).length;
  }

  /** How many unsent images were here when a code was scanned, or when the page was opened without one. */
  const leftHere = signal(0);
  let lastToken = "";

  /** The person chose to open the new patient; the other patient's unsent images go. */
  async function destroyAndOpen() {
    if (await link.start(lastToken, [], () => pending.recall({ destroy: true }))) begin(true);
  }

  /** The person chose to go on with the session that this phone was linked to before. */
  async function carryOn() {
    const before = link.earlierSession.peek();
    if (!before || link.phase.peek() === "opening") return;
    link.phase.value = "opening";
    link.dropCode();
    await link.enter(before, () => pending.recall());
    begin();
  }

  return {
    link,
    pending,
    sending,
    sentImages,
    screens,
    overlay,
    cameraMark,
    chooser,
    imageWorker: parts.imageWorker,
    leftHere,
    fromGallery,
    byApp,
    shotFailed,
    filingParts: { gateway, clock, link, sentImages, memory, newKey },
    untouched,
    done,
    here,
    take,
    shoot,
    wake,
    addEarlier,
    start,
    destroyAndOpen,
    carryOn,
  };
}

export type PhoneStore = ReturnType<typeof createPhoneStore>;
