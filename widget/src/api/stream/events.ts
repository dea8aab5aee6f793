// The gateway's event stream, typed, with polling every few seconds when events don't get through.

import type { Image, Message } from "../types";
import { openStream } from "./sharedStream";

/** Only the id is left of what was removed. */
export type Removed = Extract<Message, { event: "image.removed" }>["data"];

const HEARTBEAT = "heartbeat";

type Described = {
  [Name in Exclude<Message["event"], typeof HEARTBEAT>]: Extract<Message, { event: Name }>["data"];
};

/** The data of each event. An image that was removed before its event was delivered is left out: `image.removed` follows. */
export type Events = Omit<Described, "image.added" | "image.updated"> & {
  "image.added": Image;
  "image.updated": Image;
};

/** What is done with each event; a page leaves out those it has no use for. */
export type Handlers = { [Name in keyof Events]?: (data: Events[Name]) => void };

export type Listener = {
  on: Handlers;
  /** Any event: the server can be reached. */
  heard(): void;
  /** Reads everything again: after a gap, and when polling. */
  catchUp(): Promise<void>;
  silent(): void;
  /** Whether somebody waits for what another device does, so that everything is read again now and then in any case. */
  watchful?(): boolean;
};
/** Returns what stops it. */
export type Listen = (address: string, listener: Listener) => () => void;

const NAMES = Object.keys({
  "image.added": true,
  "image.updated": true,
  "image.removed": true,
  "commit.updated": true,
  "handoff.updated": true,
  "earlier.chosen": true,
  "session.expiring": true,
} satisfies Record<keyof Events, true>) as (keyof Events)[];

const POLL_MS = 4_000;
const RECONNECT_MS = 15_000;
const SHORT_GAP_MS = 5_000;
/** Two heartbeats of the server, and some time on the way. */
const SILENT_MS = 35_000;
const CHECK_MS = 5_000;
const WATCH_MS = 15_000;

const onlyId = (data: object): data is Removed => "id" in data && Object.keys(data).length === 1;

/** Hands one event to its handler. */
export function dispatch<Name extends keyof Events>(
  listener: Listener,
  name: Name,
  data: Events[Name] | Removed,
) {
  listener.heard();
  if (name !== "image.removed" && onlyId(data)) return;
  listener.on[name]?.(data as Events[Name]);
}

export const sessionEvents = (sessionId: string) => `/api/events?session=${encodeURIComponent(sessionId)}`;

/** The browser reconnects a dropped stream and sends Last-Event-ID; a refused or a silent one is opened again here. */
export const listenAt: Listen = (address, listener) => {
  const { catchUp, silent } = listener;
  let polling: ReturnType<typeof setInterval> | undefined;
  let gap: ReturnType<typeof setTimeout> | undefined;
  let reconnecting: ReturnType<typeof setTimeout> | undefined;
  let heardAt = performance.now();

  function startPolling() {
    polling ??= setInterval(catchUp, POLL_MS);
  }

  function stopPolling() {
    clearInterval(polling);
    polling = undefined;
  }

  const stream = openStream(address, [...NAMES, HEARTBEAT], {
    opened() {
      heardAt = performance.now();
      clearTimeout(gap);
      gap = undefined;
      stopPolling();
      void catchUp();
    },
    failed(closed) {
      if (closed) {
        startPolling();
        clearTimeout(reconnecting);
        reconnecting = setTimeout(stream.reopen, RECONNECT_MS);
      } else {
        gap ??= setTimeout(startPolling, SHORT_GAP_MS);
      }
    },
    message(name, data) {
      heardAt = performance.now();
      if (name === HEARTBEAT) listener.heard();
      else dispatch(listener, name as keyof Events, JSON.parse(data));
    },
  });

  // A stream can be open and bring nothing: a proxy or a virus scanner holds it back, or the computer slept.
  const listening = setInterval(() => {
    if (performance.now() - heardAt < SILENT_MS) return;
    heardAt = performance.now();
    startPolling();
    stream.reopen();
  }, CHECK_MS);
  const watching = setInterval(() => {
    if (listener.watchful?.()) void catchUp();
  }, WATCH_MS);

  // An event already on its way can still arrive and look like a connection, and the server may run on this very
  // computer, which no network failure cuts off. Polling shows which it is.
  const gone = () => {
    silent();
    startPolling();
  };
  const back = () => {
    if (stream.isOpen()) stopPolling();
    void catchUp();
  };
  window.addEventListener("offline", gone);
  window.addEventListener("online", back);

  return () => {
    window.removeEventListener("offline", gone);
    window.removeEventListener("online", back);
    for (const timer of [gap, reconnecting]) clearTimeout(timer);
    for (const timer of [listening, watching]) clearInterval(timer);
    stopPolling();
    stream.close();
  };
};
