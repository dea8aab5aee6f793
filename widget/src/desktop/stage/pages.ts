// Which page of a document is shown, and which ones were: a review says what nobody has looked at.
import { signal } from "@preact/signals";
import type { Image } from "../../api/types";

export const isDocument = (image: Image) => image.contentType === "application/pdf";

export function createPages() {
  const shown = signal<ReadonlyMap<string, number>>(new Map());
  const seen = signal<ReadonlyMap<string, ReadonlySet<number>>>(new Map());

  const pageOf = (id: string) => shown.value.get(id) ?? 1;

  function turnTo(image: Image, page: number) {
    const kept = Math.min(Math.max(1, page), Math.max(1, image.pages));
    shown.value = new Map(shown.value).set(image.id, kept);
  }

  /** The page was drawn, so it can have been looked at. */
  function drawn(id: string, page: number) {
    const before = seen.value.get(id);
    if (before?.has(page)) return;
    seen.value = new Map(seen.value).set(id, new Set([...(before ?? []), page]));
  }

  /** The pages of a document that were never shown. */
  const unseen = (image: Image): number[] =>
    Array.from({ length: image.pages }, (_, at) => at + 1).filter(
      (page) => !seen.value.get(image.id)?.has(page),
    );

  return { pageOf, turnTo, drawn, unseen };
}

export type Pages = ReturnType<typeof createPages>;
