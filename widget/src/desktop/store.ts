// The whole store: slices put together, and the live events led to the slice that understands them.
import { computed } from "@preact/signals";
import type { Gateway } from "../api/client";
import { type Handlers, type Listen, sessionEvents } from "../api/stream/events";
import type { Image, Session } from "../api/types";
import type { Previews } from "../shared/images/previews";
import type { Memory } from "../shared/storage";
import type { Clock } from "../shared/time/clock";
import { createUploads } from "./adding/uploads";
import { createUndo } from "./commands/undo";
import { createDetails } from "./details/details";
import { createOpening } from "./dialogs/opening";
import { createEarlier } from "./earlier/earlier";
import { createEditor } from "./editing/editing";
import { createFiling } from "./filing/filing";
import { createHandoff } from "./handoff/handoff";
import { createHost, type HostPort } from "./host/host";
import { createImages } from "./images/images";
import { createThumbs } from "./images/thumbs";
import { createNotices } from "./notices/notices";
import { createPreferences } from "./preferences";
import { createReferrals, type Outlet } from "./referral/referrals";
import { createReview } from "./review/review";
import { createSession } from "./session/session";
import { createUnfiled } from "./session/unfiled";
import { createPages } from "./stage/pages";
import { createTray } from "./tray/tray";
import { createWebcam } from "./webcam/webcam";

export type Surroundings = {
  gateway: Gateway;
  clock: Clock;
  /** This tab's memory. */
  memory: Memory;
  /** This computer's memory, for what identifies no one. */
  lasting: Memory;
  newKey: () => string;
  previews: Previews;
  listen: Listen;
  outlet: Outlet;
  windows: Windows;
  host: HostPort;
};

/** The other windows of this browser that show this product. */
export type Windows = {
  announce(sessionId: string): void;
  onOpened(opened: (sessionId: string) => void): void;
};

const TICK_MS = 20_000;

export function createStore(surroundings: Surroundings) {
  const { gateway, clock, memory, lasting, newKey, previews, listen, outlet, windows } = surroundings;
  const notices = createNotices(clock);
  const undo = createUndo();
  const pages = createPages();
  const preferences = createPreferences(lasting);
  const session = createSession(gateway, clock);
  const images = createImages(gateway, clock, session, notices, undo);
  const thumbs = createThumbs(gateway, images, previews);
  const handoff = createHandoff(gateway, clock, session, notices);
  const details = createDetails(gateway, clock, session, images, notices, undo);
  const uploads = createUploads(gateway, clock, session, images, thumbs, details, notices, previews);
  const editor = createEditor(gateway, session, images, uploads, details, notices);
  const earlier = createEarlier(gateway, session, images, details, notices);
  const webcam = createWebcam(lasting, uploads, notices);
  const referrals = createReferrals(gateway, session, outlet);
  const review = createReview(gateway, clock, session, images, details);
  const filing = createFiling({
    gateway,
    clock,
    session,
    images,
    details,
    notices,
    memory,
    newKey,
    review,
  });
  const tray = createTray(gateway, clock, session);
  const unfiled = createUnfiled(gateway, session, images, notices, memory, filing.recall, clock);

  /** What closing the tab would leave behind. */
  const unfiledCount = computed(() => images.all.value.filter((image) => image.state !== "committed").length);

  const host = createHost(surroundings.host, session, unfiledCount);
  const commands = createOpening();
  const help = createOpening();

  const on: Handlers = {
    "image.added": (image) => {
      arrived(image);
      filing.watch();
    },
    "image.updated": (image) => {
      images.receive(image);
      thumbs.retry(image.id);
      filing.watch();
    },
    "image.removed": ({ id }) => images.forget(id),
    "commit.updated": (commit) => {
      filing.receive(commit);
      filing.watch();
    },
    "handoff.updated": handoff.receive,
    "session.expiring": session.receive,
  };

  /** Our own upload announces itself twice; its tile turns into the image when the answer is in. */
  function arrived(image: Image) {
    const ours = image.source === "desktop" && uploads.moving.value.length > 0;
    if (!ours) images.receive(image);
    if (image.source === "phone") handoff.arrived();
  }

  function tick() {
    session.countDown();
    if (session.minutesLeft.value === 0) void session.check();
    if (session.phase.value === "open") clock.after(TICK_MS, tick);
  }

  /** `launched` is the session that a launch has just opened. */
  async function start(launched: Session | null = null) {
    host.start();
    if (!(await session.start(launched))) return;
    await images.refresh();
    await filing.recall();
    await unfiled.watch();
    void tray.watch();
    const fromPhone = () => images.all.value.filter((image) => image.source === "phone").length;
    const catchUp = async () => {
      const before = fromPhone();
      await Promise.all([images.refresh(true), handoff.catchUp()]);
      if (fromPhone() > before) handoff.arrived();
    };
    await handoff.catchUp();
    const reachable = (yes: boolean) => () => {
      session.connected.value = yes;
    };
    const ours = session.session.value?.id ?? "";
    const stop = listen(sessionEvents(ours), {
      on,
      heard: reachable(true),
      catchUp,
      silent: reachable(false),
      watchful: () => handoff.connected.value || handoff.scannable.value,
    });
    session.phase.subscribe((phase) => {
      if (phase === "open") return;
      stop();
      referrals.forget();
      earlier.forget();
    });
    // A newer launch takes the browser's cookie with it, so this page may no longer have a session.
    windows.onOpened((opened) => opened !== ours && void session.check());
    windows.announce(ours);
    session.connected.subscribe((connected) => connected && thumbs.retry());
    clock.after(TICK_MS, tick);
    // After everything that the launch needs, and only if Medtech may be asked at all.
    if (earlier.offer.value?.available) void earlier.load(true);
  }

  return {
    notices,
    undo,
    pages,
    preferences,
    session,
    images,
    thumbs,
    uploads,
    handoff,
    details,
    earlier,
    editor,
    webcam,
    filing,
    review,
    referrals,
    unfiled,
    tray,
    unfiledCount,
    host,
    commands,
    help,
    start,
  };
}

export type Store = ReturnType<typeof createStore>;
