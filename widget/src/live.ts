// News from the gateway: server-sent events, and asking every few seconds where events don't get through.

export type Listener = {
  hear(name: string, content: unknown): void;
  /** Reads everything anew; after a gap, and instead of events. */
  catchUp(): Promise<void>;
  silent(): void;
};
/** Answers with what stops it. */
export type Listen = (where: string, listener: Listener) => () => void;

const NAMES = [
  "image.added",
  "image.updated",
  "image.removed",
  "commit.updated",
  "handoff.updated",
  "session.expiring",
];
const POLL_MS = 4_000;
const RECONNECT_MS = 15_000;
const SHORT_GAP_MS = 5_000;

export const listenToGateway: Listen = (sessionId, listener) =>
  listenAt(`/api/events?session=${encodeURIComponent(sessionId)}`, listener);

/** The browser reconnects a dropped stream by itself and sends Last-Event-ID; a refused one we open again. */
export const listenAt: Listen = (address, { hear, catchUp, silent }) => {
  let polling: ReturnType<typeof setInterval> | undefined;
  let gap: ReturnType<typeof setTimeout> | undefined;

  function fallBack() {
    polling ??= setInterval(catchUp, POLL_MS);
  }

  function stopAsking() {
    clearInterval(polling);
    polling = undefined;
  }

  let stream: EventSource;
  let reconnecting: ReturnType<typeof setTimeout> | undefined;

  function connect() {
    stream = new EventSource(address);
    stream.onopen = () => {
      clearTimeout(gap);
      gap = undefined;
      stopAsking();
      void catchUp();
    };
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) {
        fallBack();
        reconnecting = setTimeout(connect, RECONNECT_MS);
      } else {
        gap ??= setTimeout(fallBack, SHORT_GAP_MS);
      }
    };
    for (const name of NAMES) {
      stream.addEventListener(name, (event) => hear(name, JSON.parse((event as MessageEvent<string>).data)));
    }
  }

  // What was on its way may still come in and look like a connection; and the server may be on this very computer,
  // which no network can take away. Asking tells.
  const gone = () => {
    silent();
    fallBack();
  };
  const back = () => {
    if (stream.readyState === EventSource.OPEN) stopAsking();
    void catchUp();
  };
  window.addEventListener("offline", gone);
  window.addEventListener("online", back);
  connect();

  return () => {
    window.removeEventListener("offline", gone);
    window.removeEventListener("online", back);
    for (const timer of [gap, reconnecting]) clearTimeout(timer);
    stopAsking();
    stream.close();
  };
};
