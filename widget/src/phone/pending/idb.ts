// IndexedDB as promises: records of images in one object store, their bytes in another.

const NAME = "clinicpro-phone";
const SHOTS = "shots";
const BODIES = "bodies";
const TIMEOUT_MS = 4_000;

export interface Idb<Item extends { key: string }> {
  all(): Promise<Item[]>;
  /** Both or neither. */
  put(item: Item, body: unknown): Promise<void>;
  /** What is no longer there is not brought back. `body` undefined leaves the bytes as they are, null removes them. */
  replace(item: Item, body?: unknown): Promise<void>;
  body(key: string): Promise<unknown>;
  remove(keys: string[]): Promise<void>;
}

/** Rejects where the browser has no IndexedDB, or keeps it shut as some do in private windows. */
export async function openIdb<Item extends { key: string }>(): Promise<Idb<Item>> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    // On some phones opening never completes; an image taken in the meantime must not wait for it.
    setTimeout(() => reject(new Error("no answer")), TIMEOUT_MS);
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore(SHOTS, { keyPath: "key" });
      opening.result.createObjectStore(BODIES);
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("blocked"));
  });

  const read = <T>(store: string, request: (store: IDBObjectStore) => IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      const reading = request(database.transaction(store, "readonly").objectStore(store));
      reading.onsuccess = () => resolve(reading.result);
      reading.onerror = () => reject(reading.error);
    });

  const write = (act: (pendingImages: IDBObjectStore, bodies: IDBObjectStore) => void) =>
    new Promise<void>((resolve, reject) => {
      // "strict": what was promised as kept is on the disk, not in a buffer that dies with the phone's battery.
      const writing = database.transaction([SHOTS, BODIES], "readwrite", { durability: "strict" });
      writing.oncomplete = () => resolve();
      writing.onabort = () => reject(writing.error);
      act(writing.objectStore(SHOTS), writing.objectStore(BODIES));
    });

  return {
    all: () => read<Item[]>(SHOTS, (pendingImages) => pendingImages.getAll()),
    body: (key) => read(BODIES, (bodies) => bodies.get(key)),
    put: (item, body) =>
      write((pendingImages, bodies) => {
        pendingImages.put(item);
        bodies.put(body, item.key);
      }),
    replace: (item, body) =>
      write((pendingImages, bodies) => {
        pendingImages.getKey(item.key).onsuccess = ({ target }) => {
          if ((target as IDBRequest).result === undefined) return;
          pendingImages.put(item);
          if (body === null) bodies.delete(item.key);
          else if (body !== undefined) bodies.put(body, item.key);
        };
      }),
    remove: (keys) =>
      write((pendingImages, bodies) => {
        for (const key of keys) {
          pendingImages.delete(key);
          bodies.delete(key);
        }
      }),
  };
}
