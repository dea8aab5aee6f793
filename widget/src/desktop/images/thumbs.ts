// Small images, kept in memory while the page is open: the server deletes an image once it is filed,
// and a receipt should still show it.

import { effect, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import type { Previews } from "../../shared/images/previews";
import type { Images } from "./images";
import { isLocal } from "./local";

export function createThumbs(gateway: Gateway, images: Images, previews: Previews) {
  /** By image id; null once it is known that the server has no bytes any more. */
  const addresses = signal<ReadonlyMap<string, string | null>>(new Map());
  const asked = new Set<string>();

  effect(() => {
    const present = new Set(images.all.value.map((image) => image.id));
    for (const id of present) if (!asked.has(id) && !isLocal(id)) void load(id);
  });

  async function load(id: string) {
    asked.add(id);
    // What was filed before this page was opened is no longer there to be had.
    if (images.all.peek().find((image) => image.id === id)?.state === "committed") return put(id, null);
    try {
      put(id, previews.make(await gateway.thumb(id)));
    } catch {
      put(id, null);
    }
  }

  function put(id: string, address: string | null) {
    addresses.value = new Map(addresses.value).set(id, address);
  }

  /** The file itself, while the server's small image isn't there. */
  const show = (id: string, address: string) => put(id, address);

  /** Tries again what could not be had, after a lost connection; or only this one, which has been stored again. */
  function retry(only?: string) {
    for (const [id, address] of addresses.value)
      if (address === null && (!only || only === id)) void load(id);
  }

  return { addresses, show, retry };
}

export type Thumbs = ReturnType<typeof createThumbs>;
