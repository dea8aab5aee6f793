// A server, a store and an image worker in memory, for tests of the phone's store.

import { ApiProblem, unreachable } from "../../src/api/problem";
import { dispatch, type Events, type Listener, type Removed } from "../../src/api/stream/events";
import type {
  Commit,
  Details,
  Image,
  PhoneSession,
  Routing,
  TargetToCheck,
  UnverifiedAnswer,
} from "../../src/api/types";
import type { ImageWorker } from "../../src/phone/capture/preparing/imageWorker";
import type { Claiming, PhoneGateway } from "../../src/phone/gateway";
import type { Idb } from "../../src/phone/pending/storage/idb";
import {
  createPendingStore,
  type EncryptedImage,
  type PendingStore,
  type StoredImage,
} from "../../src/phone/pending/storage/pendingStore";
import { createPhoneStore } from "../../src/phone/store";
import type { Memory } from "../../src/shared/storage";
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
  /** Uploaded ahead of Send; on no desktop. */
  held: Image[] = [];
  originalsWait: Promise<unknown> = Promise.resolve();
  calls: string[] = [];
  /** Thrown by the next calls of that name, in order, after the call was carried out or (default) instead of it. */
  failures: { call: string; problem: ApiProblem; carriedOut?: boolean }[] = [];
  linked: PhoneSession | null = linkTo();
  token = "good";
  /** Who used the token up; the same page gets the same answer. */
  claimedBy = "";
  waiting: number[] = [];
  /** The browser's own session, after a sign-in on the phone. */
  own: PhoneSession | null = null;
  signIn = "";
  /** By idempotency key. */
  commits = new Map<string, string[]>();
  routed: Routing = {};
  outcome: Image["state"] = "committed";
  taken: (string | null)[] = [];
  date: string | null = null;

  serverDate() {
    return this.date === null ? null : Date.parse(this.date);
  }

  private async met(call: string, words: string, act: () => void = () => {}) {
    this.calls.push(words ? `${call} ${words}` : call);
    await settled();
    const at = this.failures.findIndex((failure) => failure.call === call);
    const [failure] = at < 0 ? [] : this.failures.splice(at, 1);
    if (failure && !failure.carriedOut) throw failure.problem;
    act();
    if (failure) throw failure.problem;
  }

  async claim({ token, nonce, unsentFor }: Claiming) {
    await this.met("claim", token, () => {
      if (token !== this.token || (this.claimedBy && this.claimedBy !== nonce))
        throw new ApiProblem(410, { type: "/problems/ticket-used" });
      if (unsentFor.some((tag) => tag !== this.linked?.patientTag))
        throw new ApiProblem(409, { type: "/problems/other-patient-unsent" });
      this.claimedBy = nonce;
    });
    return this.session();
  }
  async addAhead(body: Blob, takenAt: string | null) {
    const id = await body.text();
    await this.met("ahead", id, () => {
      this.taken.push(takenAt);
      if (!this.known(id)) this.held.push(image(id, { source: "phone", state: "held" }));
    });
    return { image: this.known(id) as Image, alreadyHere: false };
  }
  async release(id: string) {
    await this.met("release", id, () => {
      const found = this.known(id);
      if (!found) throw new ApiProblem(404, { type: "/problems/not-found" });
      this.held = this.held.filter((each) => each.id !== id);
      if (found.state === "held") this.stored.push({ ...found, state: "staged" });
    });
    return this.known(id) as Image;
  }
  private known = (id: string) => [...this.stored, ...this.held].find((each) => each.id === id);
  async addOriginal(id: string, original: Blob, stop?: AbortSignal) {
    const given = new Promise((_, reject) => stop?.addEventListener("abort", () => reject(unreachable())));
    await Promise.race([this.originalsWait, given]);
    await this.met("original", `${id} ${await original.text()}`);
    return this.stored.find((image) => image.id === id) as Image;
  }
  async reportWaiting(count: number) {
    this.waiting.push(count);
  }
  async session() {
    await this.met("session", "");
    if (!this.linked) throw ended();
    return this.linked;
  }
  async ownSession() {
    await this.met("ownSession", "");
    if (!this.own) throw new ApiProblem(401, { type: "/problems/no-session", signIn: this.signIn });
    return this.own;
  }
  async filingAs() {
    return { practice: "Healthier Care", provider: "Dr Alex Api" };
  }
  private answered(id: string, images: string[]) {
    const of = (imageId: string) => ({
      imageId,
      state: this.outcome,
      documentReferenceId: this.outcome === "committed" ? `doc-${imageId}` : null,
      error: null,
      title: imageId,
    });
    return { id, images: images.map(of) } as unknown as Commit;
  }
  async allCapabilities() {
    return CAPABILITIES;
  }
  async fit(id: string) {
    await this.met("fit", id);
    return [];
  }
  async file(imageIds: string[], routing: Routing, key: string) {
    this.routed = routing;
    await this.met("file", `${imageIds.join(",")} ${key}`, () => this.commits.set(key, imageIds));
    return this.answered(key, imageIds);
  }
  async commit(id: string) {
    await this.met("commit", id);
    return this.answered(id, this.commits.get(id) ?? []);
  }
  async retry(id: string) {
    await this.met("retry", id);
    return this.answered(id, this.commits.get(id) ?? []);
  }
  async resolve(id: string, imageId: string, answer: UnverifiedAnswer, target?: TargetToCheck) {
    await this.met("resolve", [imageId, answer, target].filter(Boolean).join(" "));
    return this.answered(id, this.commits.get(id) ?? []);
  }
  chosen: string | null = null;
  async chosenEarlier() {
    return this.chosen;
  }
  earlierAddress = (id: string) => `/earlier/${id}`;
  async capabilities() {
    return CAPABILITIES;
  }
  async images() {
    await this.met("images", "");
    return [...this.stored, ...this.held];
  }
  async add(body: Blob, takenAt: string | null, onProgress: (share: number) => void) {
    const id = await body.text();
    onProgress(0.5);
    let alreadyHere = false;
    await this.met("add", id, () => {
      this.taken.push(takenAt);
      this.held = this.held.filter((image) => image.id !== id);
      alreadyHere = this.stored.some((image) => image.id === id);
      if (!alreadyHere) this.stored.push(image(id, { source: "phone" }));
    });
    return { image: this.stored.find((image) => image.id === id) as Image, alreadyHere };
  }
  async describe(id: string, details: Partial<Details>) {
    await this.met("describe", `${id} ${Object.keys(details).join(",")}`);
    const described = (each: Image) => (each.id === id ? ({ ...each, ...details } as Image) : each);
    this.stored = this.stored.map(described);
    this.held = this.held.map(described);
    const found = this.known(id);
    if (!found) throw new ApiProblem(404, { type: "/problems/not-found" });
    return found;
  }
  async remove(id: string) {
    await this.met("remove", id);
    this.stored = this.stored.filter((image) => image.id !== id);
    this.held = this.held.filter((image) => image.id !== id);
  }
  thumbAddress = (id: string) => `/thumb/${id}`;
  viewAddress = (id: string) => `/view/${id}`;
  eventsAddress = () => "/events";
}

/** "image" becomes "image ready", unless it is in a form that this browser can't decode. */
export class FakeImageWorker implements ImageWorker {
  atOnce = 0;
  mostAtOnce = 0;
  warm() {}
  encode = async () => null;

  async prepare(pendingImage: Blob) {
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    const words = await pendingImage.text();
    await settled();
    this.atOnce -= 1;
    if (words.includes("heic")) return null;
    return { image: new Blob([`${words.trim()} ready`]), thumb: new Blob(["thumb"]), hints: [] };
  }
}

type Shelved = { held: StoredImage; body: Blob | null; original?: Blob | null | undefined };

/** A store that outlives the page: `shelf` is what the phone's disk holds. */
export function lastingStore(shelf: Map<string, Shelved>): PendingStore {
  return {
    opened: Promise.resolve(),
    risky: () => false,
    settle: async () => {},
    all: async () => ({
      images: [...shelf.values()].map(({ held }) => held).sort((a, b) => a.at - b.at),
      unreadable: [],
      complete: true,
    }),
    add: async (held, body) => {
      shelf.set(held.key, { held, body });
      return "encrypted";
    },
    change: async (held, body, original) => {
      const before = shelf.get(held.key);
      if (before)
        shelf.set(held.key, {
          held,
          body: body === undefined ? before.body : body,
          original: original === undefined ? before.original : original,
        });
      return "encrypted";
    },
    original: async (key) => shelf.get(key)?.original ?? null,
    bytes: async (key) => shelf.get(key)?.body ?? null,
    remove: async (keys) => {
      for (const key of keys) shelf.delete(key);
    },
  };
}

const refuse = () => Promise.reject(new DOMException("private window", "InvalidStateError"));

export const refusedIdb = (): Idb<EncryptedImage> => ({
  opened: new Promise(() => {}),
  onEmptied: () => {},
  all: refuse,
  put: refuse,
  replace: refuse,
  original: refuse,
  body: refuse,
  remove: refuse,
});

/** A store in a browser that keeps nothing. */
export const forgetfulStore = () => createPendingStore(refusedIdb());

export const newShelf = () => new Map<string, Shelved>();

export const photo = (words: string) => new Blob([words], { type: "image/jpeg" });

let keys = 0;

/** A page of the phone, started; another one on the same shelf is the same phone after a killed tab. */
export async function page(
  server = new FakeServer(),
  pendingStore: PendingStore = lastingStore(newShelf()),
  token = "good",
  kept: { memory?: Memory; shared?: Memory; savesData?: boolean } = {},
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
    memory: kept.memory ?? memory(),
    shared: kept.shared ?? memory(),
    history: { push: () => {}, back: () => {}, onBack: () => () => {} },
    reload: () => {},
    isCovered: () => false,
    savesData: () => kept.savesData ?? false,
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
