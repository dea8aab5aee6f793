// Keys of images, which all pages of this browser can read: what one has done with an image, another may still show.
import { isStrings, type Memory, readJson } from "../../shared/storage";

const MOST = 200;

/** `shared` is the same for all tabs, and outlives them. */
export function createKeyList(shared: Memory, name: string) {
  const all = () => readJson(shared, name, isStrings, []);

  function add(keys: readonly string[]) {
    const before = all();
    const fresh = keys.filter((key) => !before.includes(key));
    if (fresh.length > 0) shared.setItem(name, JSON.stringify([...before, ...fresh].slice(-MOST)));
  }

  return { has: (key: string) => all().includes(key), add };
}

export type KeyList = ReturnType<typeof createKeyList>;
