// The first screen does without the worker's code; it comes behind it, with the viewfinder, or with the first image.
import type { ImageWorker } from "./imageWorker";

export function createLazyWorker(): ImageWorker {
  let loaded: Promise<ImageWorker> | undefined;

  /** After a failure it is fetched again when it is needed. */
  function load(): Promise<ImageWorker> {
    loaded ??= import("./imageWorker").then(({ createImageWorker }) => createImageWorker());
    loaded.catch(() => {
      loaded = undefined;
    });
    return loaded;
  }

  /** Without its code, or in a browser that starts no worker, what it was asked for can't be had here. */
  const done = <T>(task: (worker: ImageWorker) => Promise<T | null>): Promise<T | null> =>
    load()
      .then(task)
      .catch(() => null);

  return {
    prepare: (pendingImage) => done((worker) => worker.prepare(pendingImage)),
    encode: (drawn, quality) => done((worker) => worker.encode(drawn, quality)),
    warm: () =>
      void load()
        .then((worker) => worker.warm())
        .catch(() => {}),
  };
}
