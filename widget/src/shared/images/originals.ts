// Originals of edited copies: once a copy is filed, or about to be, its original isn't, unless somebody asks for it.
import type { Image } from "../../api/types";

/** The ids of what these were made from, and of what that was made from; `all` is where they are looked up. */
export function originalsOf(copies: readonly Image[], all: readonly Image[]): ReadonlySet<string> {
  const sources = new Map(all.map((image) => [image.id, image.derivedFrom]));
  const found = new Set<string>();
  for (const copy of copies)
    for (let id = copy.derivedFrom; id && !found.has(id); id = sources.get(id) ?? null) found.add(id);
  return found;
}
