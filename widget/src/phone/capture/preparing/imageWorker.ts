// The main thread's side of the worker: one image at a time, and a new worker when one hangs or dies.
import type { Prepared } from "./prepare";
import type { Reply } from "./prepare.worker";

export interface ImageWorker {
  /** null: it can't be decoded here. */
  prepare(pendingImage: Blob): Promise<Prepared | null>;
  /** Fetches and starts it, so that the first image doesn't wait for that. */
  warm(): void;
}

const TIMEOUT_MS = 60_000;

export function createImageWorker(): ImageWorker {
  let worker: Worker | undefined;
  let number = 0;

  function started(): Worker {
    if (!worker) {
      worker = new Worker(new URL("./prepare.worker.ts", import.meta.url), { type: "module" });
      // One that couldn't be fetched, or died between two images, would never answer.
      worker.onerror = discard;
    }
    return worker;
  }

  function discard() {
    worker?.terminate();
    worker = undefined;
  }

  // A worker that can't draw would find every image undecodable.
  if (typeof OffscreenCanvas === "undefined")
    return {
      prepare: async (pendingImage) => (await import("./preparePage")).prepareInPage(pendingImage),
      warm: () => {},
    };

  return {
    warm: started,
    prepare: (pendingImage) =>
      new Promise((resolve) => {
        number += 1;
        const mine = number;
        const at = started();
        const given = setTimeout(() => done(null, true), TIMEOUT_MS);
        function done(prepared: Prepared | null, broken: boolean) {
          clearTimeout(given);
          at.onmessage = null;
          at.onerror = discard;
          if (broken) discard();
          resolve(prepared);
        }
        at.onmessage = ({ data }: MessageEvent<Reply>) => data.number === mine && done(data.prepared, false);
        at.onerror = () => done(null, true);
        at.postMessage({ number: mine, pendingImage });
      }),
  };
}
