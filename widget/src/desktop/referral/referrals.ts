// JPEGs for an e-referral: fetched before an image is filed, since the server destroys it then. In memory only.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";

const words = locale.referral;

/** Where a copy can go from a page. Both throw where the browser does not allow it. */
export type Outlet = {
  canCopy: boolean;
  copy(image: Blob): Promise<void>;
  save(image: Blob, name: string): void;
};

export const SIZES_KB = [250, 500, 1000, 2000] as const;
const USUAL_KB = 500;

export function createReferrals(gateway: Gateway, outlet: Outlet, notices: NoticesSlice) {
  const kept = signal<ReadonlyMap<string, Blob>>(new Map());
  const kilobytes = signal<number>(USUAL_KB);
  let fetching: Promise<void> = Promise.resolve();

  /** Fetches what is missing, one after the other; filing waits for it, the clinician does not. */
  function gather(ids: readonly string[]) {
    const size = kilobytes.value;
    fetching = fetching.then(async () => {
      for (const id of ids) {
        if (kept.value.has(id) || size !== kilobytes.value) continue;
        try {
          const blob = await gateway.referral(id, size);
          if (size === kilobytes.value) kept.value = new Map(kept.value).set(id, blob);
        } catch (cause) {
          // A copy is a convenience: without it the receipt offers none, and filing goes on.
          if (asProblem(cause).status === 0) return;
        }
      }
    });
    return fetching;
  }

  /** For images that are not filed yet; a filed one keeps the size it was fetched in. */
  function resize(size: number, ids: readonly string[]) {
    kilobytes.value = size;
    const others = new Map(kept.value);
    for (const id of ids) others.delete(id);
    kept.value = others;
    void gather(ids);
  }

  async function copy(id: string) {
    const image = kept.value.get(id);
    if (!image) return;
    try {
      await outlet.copy(image);
      notices.say(words.copied);
    } catch {
      notices.say(words.bad.noClipboard, "bad", {
        label: words.saveInstead,
        run: () => save(id),
      });
    }
  }

  /** The name says nothing about the patient: the file lies in a download folder. */
  function save(id: string) {
    const image = kept.value.get(id);
    if (!image) return;
    outlet.save(image, `clinical-photo-${[...kept.value.keys()].indexOf(id) + 1}.jpg`);
    notices.say(words.saved);
  }

  const forget = () => {
    kept.value = new Map();
  };

  return {
    kept,
    kilobytes,
    canCopy: outlet.canCopy,
    ready: () => fetching,
    gather,
    resize,
    copy,
    save,
    forget,
  };
}

export type Referrals = ReturnType<typeof createReferrals>;
