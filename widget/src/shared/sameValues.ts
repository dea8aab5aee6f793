// Whether two values have the same content.

/** In lists and objects too; two functions count as the same. */
export function sameValues(a: unknown, b: unknown): boolean {
  if (a === b || (typeof a === "function" && typeof b === "function")) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return (
    keys.length === others.length &&
    keys.every((key) => sameValues(a[key as keyof typeof a], b[key as keyof typeof b]))
  );
}
