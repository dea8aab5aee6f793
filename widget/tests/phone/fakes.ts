// A server, a store and an image worker in memory, for tests of the phone's store.
import { dispatch, type Events, type Listener, type Removed } from "../../src/api/events";
import { ApiProblem, unreachable } from "../../src/api/problem";
import type { Details, Image, PhoneSession } from "../../src/api/types";
import type { ImageWorker } from "../../src/phone/capture/imageWorker";
import type { PhoneGateway } from "../../src/phone/gateway";
import {
  createPendingStore,
  type PendingStore,
  type StoredImage,
} from "../../src/phone/pending/pendingStore";
import { createPhoneStore } from "../../src/phone/store";
import { CAPABILITIES, FakeClock, image, memory, settled } from "../fakes";

export const linkTo = (more: Partial<PhoneSession> = {}): PhoneSession => ({
  id: "link-1",
  sessionId: "session-1",
  patientTag: "tag-aroha",
  patient: { name: "Aroha Example", nhi: "ZZZ0016", birthDate: "1965-08-07", sex: "female" },
  colour: "#0f766e",
  colourName: "Teal",
  word: "Kererū",
  expiresAt: "2026-11-24T01:00:00Z",
  ...more,
});

export const ended = () => new ApiProblem(401, { type: "/problems/no-session" });

/** Knows bytes it has already, as the real one does. */
export class FakeServer implements PhoneGateway {
  stored: Image[] = [];
  calls: string[] = [];
  /** Thrown by the next calls of that name, in order, after the call was carried out or (default) instead of it. */
  failures: { call: string; problem: ApiProblem; carriedOut?: boolean }[] = [];
  linked: PhoneSession | null = linkTo();
  token = "good";

  private async met(call: string, words: string, act: () => void = () => {}) {
    this.calls.push(words ? `${call} ${words}` : call);
    await settled();
    const at = this.failures.findIndex((failure) => failure.call === call);
    const [failure] = at < 0 ? [] : this.failures.splice(at, 1);
    if (failure && !failure.carriedOut) throw failure.problem;
    act();
    if (failure) throw failure.problem;
  }

  async claim(token: string) {
    await this.met("claim", token);
    if (token !== this.token) throw new ApiProblem(410, { type: "/problems/handoff-used" });
    this.token = "";
    return this.session();
  }
  async session() {
    await this.met("session", "");
    if (!this.linked) throw ended();
    return this.linked;
  }
  async capabilities() {
    return CAPABILITIES;
  }
  async images() {
    await this.met("images", "");
    return [...this.stored];
  }
  async add(body: Blob, onProgress: (share: number) => void) {
    const id = await body.text();
    onProgress(0.5);
    let alreadyHere = false;
    await this.met("add", id, () => {
      alreadyHere = this.stored.some((image) => image.id === id);
      if (!alreadyHere) this.stored.push(image(id, { source: "phone" }));
    });
    return { image: this.stored.find((image) => image.id === id) as Image, alreadyHere };
  }
  async describe(id: string, details: Partial<Details>) {
    await this.met("describe", `${id} ${Object.keys(details).join(",")}`);
    this.stored = this.stored.map((each) => (each.id === id ? ({ ...each, ...details } as Image) : each));
    return this.stored.find((each) => each.id === id) as Image;
  }
  async remove(id: string) {
    await this.met("remove", id);
    this.stored = this.stored.filter((image) => image.id !== id);
  }
  thumbAddress = (id: string) => `/thumb/${id}`;
  eventsAddress = () => "/events";
}

/** "image" becomes "image ready", unless it is in a form that this browser can't decode. */
export class FakeImageWorker implements ImageWorker {
  atOnce = 0;
  mostAtOnce = 0;

  async prepare(pendingImage: Blob) {
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    const words = await pendingImage.text();
    await settled();
    this.atOnce -= 1;
    if (words.includes("heic")) return null;
    return { image: new Blob([`${words} ready`]), thumb: new Blob(["thumb"]), hints: [] };
  }
}

/** A store that outlives the page: `shelf` is what the phone's disk holds. */
export function lastingStore(shelf: Map<string, { held: StoredImage; body: Blob | null }>): PendingStore {
  return {
    lasting: Promise.resolve(true),
    all: async () => [...shelf.values()].map(({ held }) => held).sort((a, b) => a.at - b.at),
    add: async (held, body) => {
      shelf.set(held.key, { held, body });
      return "encrypted";
    },
    change: async (held, body) => {
      const before = shelf.get(held.key);
      if (before) shelf.set(held.key, { held, body: body === undefined ? before.body : body });
      return "encrypted";
    },
    bytes: async (key) => shelf.get(key)?.body ?? null,
    remove: async (keys) => {
      for (const key of keys) shelf.delete(key);
    },
  };
}

/** A store in a browser that keeps nothing. */
export const forgetfulStore = () => createPendingStore(Promise.reject(new Error("private window")));

export const newShelf = () => new Map<string, { held: StoredImage; body: Blob | null }>();

export const photo = (words: string) => new Blob([words], { type: "image/jpeg" });

let keys = 0;

/** A page of the phone, started; another one on the same shelf is the same phone after a killed tab. */
export async function page(
  server = new FakeServer(),
  pendingStore: PendingStore = lastingStore(newShelf()),
  token = "good",
) {
  const clock = new FakeClock();
  const imageWorker = new FakeImageWorker();
  let live: Listener | undefined;
  const store = createPhoneStore({
    gateway: server,
    clock,
    pendingStore,
    imageWorker,
    previews: { make: () => "blob:thumb", drop: () => {} },
    newKey: () => `key-${++keys}`,
    listen: (_where, listener) => {
      live = listener;
      return () => {};
    },
    memory: memory(),
  });
  const starting = store.start(token);
  await rested();
  return {
    store,
    server,
    clock,
    imageWorker,
    starting,
    hear: <Name extends keyof Events>(name: Name, data: Events[Name] | Removed) =>
      live && dispatch(live, name, data),
  };
}

/** Until nothing is under way that does not wait for the clock. */
export async function rested() {
  for (let turn = 0; turn < 60; turn++) await settled();
}

export { unreachable };
