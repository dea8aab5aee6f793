// IndexedDB as promises: records of images in one object store, their bytes in another. A lost connection is opened again.

const NAME = "clinicpro-phone";
const SHOTS = "shots";
const BODIES = "bodies";
/** How long a caller waits for the database to open, or for one transaction. */
const OPEN_MS = 4_000;
const TRANSACTION_MS = 20_000;

export interface Idb<Item extends { key: string }> {
  /** Resolves when the database is open, however long that takes; never if the browser refuses. */
  opened: Promise<void>;
  /** `act` runs when the browser has deleted the database under this page, before anything else is done with the new one. */
  onEmptied(act: () => void): void;
  all(): Promise<Item[]>;
  /** Both or neither. */
  put(item: Item, body: unknown): Promise<void>;
  /** What is no longer there is not brought back. Undefined leaves bytes as they are, null removes them. */
  replace(item: Item, body?: unknown, original?: unknown): Promise<void>;
  body(key: string): Promise<unknown>;
  /** The bytes as they were taken, if they are larger than what is sent first. */
  original(key: string): Promise<unknown>;
  remove(keys: string[]): Promise<void>;
}

const originalOf = (key: string) => `${key} original`;

function within<T>(ms: number, task: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DOMException("no answer", "TimeoutError")), ms);
    task.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** iOS ends its database process when memory is short, and every open connection is dead from then on. */
const isLost = (cause: unknown) =>
  !(cause instanceof DOMException) ||
  ["InvalidStateError", "UnknownError", "AbortError", "TimeoutError", "TransactionInactiveError"].includes(
    cause.name,
  );

/** Each call rejects where the browser has no IndexedDB, keeps it shut, or takes longer than a caller can wait. */
export function openIdb<Item extends { key: string }>(): Idb<Item> {
  let opening: Promise<IDBDatabase> | null = null;
  let isOpen: () => void;
  let wasOpen = false;
  let emptied = () => {};
  const opened = new Promise<void>((resolve) => {
    isOpen = resolve;
  });

  function open(): Promise<IDBDatabase> {
    let isNew = false;
    const mine = new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(SHOTS, { keyPath: "key" });
        request.result.createObjectStore(BODIES);
        isNew = true;
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new DOMException("blocked", "InvalidStateError"));
    });
    opening = mine;
    const closed = () => {
      if (opening === mine) opening = null;
    };
    mine.then((database) => {
      database.onclose = closed;
      database.onversionchange = () => {
        database.close();
        closed();
      };
      if (isNew && wasOpen) emptied();
      wasOpen = true;
      isOpen();
    }, closed);
    return mine;
  }

  /** An opening that is slow goes on; the next caller may find it done. */
  const connected = () => within(OPEN_MS, opening ?? open());

  async function transact<T>(act: (database: IDBDatabase) => Promise<T>): Promise<T> {
    const database = await connected();
    try {
      return await within(TRANSACTION_MS, act(database));
    } catch (cause) {
      if (!isLost(cause)) throw cause;
      opening = null;
      return within(TRANSACTION_MS, act(await connected()));
    }
  }

  const read = <T>(store: string, request: (store: IDBObjectStore) => IDBRequest<T>) =>
    transact(
      (database) =>
        new Promise<T>((resolve, reject) => {
          const reading = request(database.transaction(store, "readonly").objectStore(store));
          reading.onsuccess = () => resolve(reading.result);
          reading.onerror = () => reject(reading.error);
        }),
    );

  const write = (act: (pendingImages: IDBObjectStore, bodies: IDBObjectStore) => void) =>
    transact(
      (database) =>
        new Promise<void>((resolve, reject) => {
          // "strict": what was promised as kept is on the disk, not in a buffer that dies with the phone's battery.
          const writing = database.transaction([SHOTS, BODIES], "readwrite", { durability: "strict" });
          writing.oncomplete = () => resolve();
          writing.onabort = () => reject(writing.error ?? new DOMException("closed", "AbortError"));
          act(writing.objectStore(SHOTS), writing.objectStore(BODIES));
        }),
    );

  // Opened before anything is asked of it, so that nothing waits for that later.
  connected().catch(() => {});

  return {
    opened,
    onEmptied: (act) => {
      emptied = act;
    },
    all: () => read<Item[]>(SHOTS, (pendingImages) => pendingImages.getAll()),
    body: (key) => read(BODIES, (bodies) => bodies.get(key)),
    put: (item, body) =>
      write((pendingImages, bodies) => {
        pendingImages.put(item);
        bodies.put(body, item.key);
      }),
    original: (key) => read(BODIES, (bodies) => bodies.get(originalOf(key))),
    replace: (item, body, original) =>
      write((pendingImages, bodies) => {
        pendingImages.getKey(item.key).onsuccess = ({ target }) => {
          if ((target as IDBRequest).result === undefined) return;
          pendingImages.put(item);
          if (body === null) bodies.delete(item.key);
          else if (body !== undefined) bodies.put(body, item.key);
          if (original === null) bodies.delete(originalOf(item.key));
          else if (original !== undefined) bodies.put(original, originalOf(item.key));
        };
      }),
    remove: (keys) =>
      write((pendingImages, bodies) => {
        for (const key of keys) {
          pendingImages.delete(key);
          bodies.delete(key);
          bodies.delete(originalOf(key));
        }
      }),
  };
}
