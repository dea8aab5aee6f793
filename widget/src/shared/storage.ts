// What a browser keeps for a page, read without trust: it may be switched off, full, or damaged.

export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Storage that never throws: a frame with storage switched off still works, it only forgets on reload. */
export function forgiving(storage: () => Memory): Memory {
  const attempt = <T>(act: (memory: Memory) => T, otherwise: T): T => {
    try {
      return act(storage());
    } catch {
      return otherwise;
    }
  };
  return {
    getItem: (key) => attempt((memory) => memory.getItem(key), null),
    setItem: (key, value) => attempt((memory) => memory.setItem(key, value), undefined),
    removeItem: (key) => attempt((memory) => memory.removeItem(key), undefined),
  };
}

/** Reads a JSON value; `otherwise` if there is none, or it is damaged or of another shape. */
export function readJson<T>(
  memory: Memory,
  key: string,
  fits: (value: unknown) => value is T,
  otherwise: T,
): T {
  try {
    const value: unknown = JSON.parse(memory.getItem(key) ?? "null");
    return fits(value) ? value : otherwise;
  } catch {
    return otherwise;
  }
}

export const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === "string");

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isStringRecord = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((each) => typeof each === "string");
