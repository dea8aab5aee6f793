// The main thread's side of the worker, and a new worker when one hangs or dies.

import type { Reply, Task } from "./image.worker";
import type { Prepared } from "./prepare";

export interface ImageWorker {
  /** null: it can't be decoded here. */
  prepare(pendingImage: Blob): Promise<Prepared | null>;
  /** What is drawn, as a JPEG; null: the page has to encode it. */
  encode(drawn: HTMLCanvasElement, quality: number): Promise<Blob | null>;
  /** Fetches and starts it, so that the first image doesn't wait for that. */
  warm(): void;
}

const PREPARE_MS = 60_000;
/** The clinician who pressed the shutter waits for it. */
const ENCODE_MS = 10_000;

export function createImageWorker(): ImageWorker {
  /** Of each task that was given to the worker: what takes the answer; null is no answer. */
  const asked = new Map<number, (reply: Reply | null) => void>();
  let worker: Worker | undefined;
  let number = 0;

  function started(): Worker {
    if (!worker) {
      worker = new Worker(new URL("./image.worker.ts", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }: MessageEvent<Reply>) => asked.get(data.number)?.(data);
      // One that couldn't be fetched, or died between two images, would never answer.
      worker.onerror = discard;
    }
    return worker;
  }

  function discard() {
    worker?.terminate();
    worker = undefined;
    for (const answer of [...asked.values()]) answer(null);
  }

  /** null: no answer in time, or the worker died. */
  function ask(task: Task, ms: number, transfer: Transferable[] = []): Promise<Reply | null> {
    return new Promise((resolve) => {
      number += 1;
      const mine = number;
      const answer = (reply: Reply | null) => {
        clearTimeout(late);
        asked.delete(mine);
        resolve(reply);
      };
      const late = setTimeout(answer, ms, null);
      asked.set(mine, answer);
      started().postMessage({ ...task, number: mine }, transfer);
    });
  }

  // A worker that can't draw would find every image undecodable.
  if (typeof OffscreenCanvas === "undefined") {
    const inPage = () => import("./preparePage");
    return {
      prepare: async (pendingImage) => (await inPage()).prepareInPage(pendingImage),
      encode: async () => null,
      warm: () => void inPage().catch(() => {}),
    };
  }

  return {
    async prepare(pendingImage) {
      const reply = await ask({ pendingImage }, PREPARE_MS);
      if (!reply) discard();
      return reply?.prepared ?? null;
    },
    // Late, it may only have waited for an image that is being prepared.
    async encode(drawn, quality) {
      const bitmap = await createImageBitmap(drawn);
      return (await ask({ bitmap, quality }, ENCODE_MS, [bitmap]))?.encoded ?? null;
    },
    warm: started,
  };
}
