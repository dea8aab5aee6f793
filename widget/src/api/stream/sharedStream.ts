// One event stream a browser and session: one page reads it and passes it on to the others, because a browser opens few
// connections to one server.

export type StreamHooks = {
  opened(): void;
  /** The stream broke; `closed` says that the browser won't reopen it. */
  failed(closed: boolean): void;
  message(name: string, data: string): void;
};

export type Stream = {
  isOpen(): boolean;
  /** Opens it again, also where the page that reads it has fallen silent. */
  reopen(): void;
  close(): void;
};

type News =
  | { kind: "new page" }
  | { kind: "opened" }
  /** The answer to a new page. */
  | { kind: "is open" }
  | { kind: "failed"; closed: boolean }
  | { kind: "message"; name: string; data: string };

function readStream(address: string, names: readonly string[], hooks: StreamHooks): Stream {
  let source: EventSource;
  function open() {
    source = new EventSource(address);
    source.onopen = hooks.opened;
    source.onerror = () => hooks.failed(source.readyState === EventSource.CLOSED);
    for (const name of names) source.addEventListener(name, ({ data }) => hooks.message(name, data));
  }
  open();
  return {
    isOpen: () => source.readyState === EventSource.OPEN,
    reopen() {
      source.close();
      open();
    },
    close: () => source.close(),
  };
}

/** Without locks, as on a page that came over http, each page has a stream of its own. */
export function openStream(address: string, names: readonly string[], hooks: StreamHooks): Stream {
  const { locks } = navigator;
  if (!locks || typeof BroadcastChannel === "undefined") return readStream(address, names, hooks);

  const name = `clinicpro-events ${address}`;
  const channel = new BroadcastChannel(name);
  const ending = new AbortController();
  let own: Stream | undefined;
  let open = false;
  let release = () => {};
  const tell = (news: News) => channel.postMessage(news);

  const passingOn: StreamHooks = {
    opened() {
      open = true;
      tell({ kind: "opened" });
      hooks.opened();
    },
    failed(closed) {
      open = false;
      tell({ kind: "failed", closed });
      hooks.failed(closed);
    },
    message(event, data) {
      tell({ kind: "message", name: event, data });
      hooks.message(event, data);
    },
  };

  channel.onmessage = ({ data: news }: MessageEvent<News>) => {
    if (news.kind === "new page") {
      if (own?.isOpen()) tell({ kind: "is open" });
      return;
    }
    if (own) return; // two readers for a moment, while one takes over
    if (news.kind === "opened" || news.kind === "is open") {
      if (news.kind === "opened" || !open) hooks.opened();
      open = true;
    } else if (news.kind === "failed") {
      open = false;
      hooks.failed(news.closed);
    } else {
      hooks.message(news.name, news.data);
    }
  };

  function lead(take: boolean) {
    const hold = () =>
      new Promise<void>((done) => {
        release = done;
        own = readStream(address, names, passingOn);
      });
    locks.request(name, take ? { steal: true } : { signal: ending.signal }, hold).catch(() => {
      if (ending.signal.aborted) return;
      if (!own) {
        // Refused, not taken away: asking again would be refused again, at once and for ever, as in a page being left.
        own = readStream(address, names, hooks);
        return;
      }
      // Another page has taken over from this one, which had fallen silent.
      own.close();
      own = undefined;
      lead(false);
    });
  }

  tell({ kind: "new page" });
  lead(false);

  return {
    isOpen: () => (own ? own.isOpen() : open),
    reopen() {
      if (own) own.reopen();
      else lead(true);
    },
    close() {
      ending.abort();
      own?.close();
      release();
      channel.close();
    },
  };
}
