// A started store in memory, for tests of the desktop's store.

import { dispatch, type Events, type Listener, type Removed } from "../src/api/stream/events";
import type { Image } from "../src/api/types";
import type { HostMessage } from "../src/desktop/host/host";
import { createStore } from "../src/desktop/store";
import type { Memory } from "../src/shared/storage";
import { FakeClock } from "./fakes/clock";
import { FakeGateway } from "./fakes/gateway";

export { FakeClock, settled } from "./fakes/clock";
export { FakeGateway } from "./fakes/gateway";
export { CAPABILITIES, FOREARM, image, SESSION } from "./samples";

export const memory = (): Memory => {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
};

/** A started store on a fake gateway that holds `images`. */
export async function opened(
  images: Image[] = [],
  kept = memory(),
  gateway = new FakeGateway(),
  lasting = memory(),
) {
  gateway.stored = images;
  const clock = new FakeClock();
  let keys = 0;
  let live: Listener | undefined;
  let openElsewhere: (sessionId: string) => void = () => {};
  const copied: Blob[] = [];
  const saved: string[] = [];
  const told: { message: HostMessage; origin: string }[] = [];
  let hostSays: (data: unknown, origin: string) => void = () => {};
  const store = createStore({
    gateway,
    clock,
    memory: kept,
    lasting,
    newKey: () => `key-${++keys}`,
    previews: { make: () => "blob:test", drop: () => {} },
    outlet: {
      canCopy: true,
      copyText: async () => {},
      copy: async (blob) => void copied.push(blob),
      save: (_blob, name) => void saved.push(name),
    },
    windows: {
      announce: () => {},
      onOpened: (opened) => {
        openElsewhere = opened;
      },
    },
    host: {
      post: (message, origin) => void told.push({ message, origin }),
      onMessage: (heard) => {
        hostSays = heard;
      },
    },
    listen: (_session, listener) => {
      live = listener;
      return () => {};
    },
  });
  await store.start();
  gateway.calls = [];
  return {
    store,
    gateway,
    clock,
    kept,
    copied,
    saved,
    told,
    hostSays: (data: unknown, origin = "https://evolution.test") => hostSays(data, origin),
    launchedElsewhere: (id: string) => openElsewhere(id),
    hear: <Name extends keyof Events>(name: Name, data: Events[Name] | Removed) =>
      live && dispatch(live, name, data),
    catchUp: () => live?.catchUp(),
  };
}
