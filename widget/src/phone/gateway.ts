// Every request that the phone page makes.
import { earlierAddress } from "../api/addresses";
import { type Added, callEmpty, callJson, upload } from "../api/requests";
import type {
  Capabilities,
  Commit,
  Details,
  FittedFile,
  Image,
  PhoneSession,
  Routing,
  Session,
  TargetToCheck,
  UnverifiedAnswer,
} from "../api/types";

export type PhoneCapabilities = Pick<Capabilities, "limits" | "acceptedTypes" | "bodySites" | "lateralities">;

/** What a code is exchanged with: the page's own nonce, and the patient tags of unsent images that are here. */
export type Claiming = { token: string; nonce: string; unsentFor: string[] };

/** Under whose name, and at which practice. */
export type FilingAs = { practice: string; provider: string };

export interface PhoneGateway {
  /** Exchanges the one-time token of the QR code for this phone's cookie. */
  claim(claiming: Claiming): Promise<PhoneSession>;
  session(): Promise<PhoneSession>;
  /** What the server's clock showed at its last answer, in milliseconds since 1970; null if it never said so. */
  serverDate(): number | null;
  /** This browser's own session, where the clinician signed in on the phone. */
  ownSession(): Promise<PhoneSession>;
  filingAs(): Promise<FilingAs>;
  /** What a desktop may know: also recipients, consent and types. */
  allCapabilities(): Promise<Capabilities>;
  /** What filing will write of an image. */
  fit(id: string): Promise<FittedFile[]>;
  file(imageIds: string[], routing: Routing, idempotencyKey: string): Promise<Commit>;
  commit(id: string): Promise<Commit>;
  retry(commitId: string): Promise<Commit>;
  resolve(
    commitId: string,
    imageId: string,
    answer: UnverifiedAnswer,
    target: TargetToCheck,
  ): Promise<Commit>;
  capabilities(): Promise<PhoneCapabilities>;
  /** This phone's own images. */
  images(): Promise<Image[]>;
  /** `takenAt` as ISO time, if it is known; `onProgress` gets the share sent, 0 to 1. */
  add(image: Blob, takenAt: string | null, onProgress: (share: number) => void): Promise<Added>;
  /** For this phone only, until it is released. */
  addAhead(image: Blob, takenAt: string | null, onProgress: (share: number) => void): Promise<Added>;
  /** Puts an image that was added ahead on the desktop. */
  release(id: string): Promise<Image>;
  /** The photo as it was taken, behind its small copy. */
  addOriginal(id: string, original: Blob, stop: AbortSignal): Promise<Image>;
  /** How many photos this phone holds that are not on the desktop yet. */
  reportWaiting(count: number): Promise<void>;
  describe(id: string, details: Partial<Details>): Promise<Image>;
  remove(id: string): Promise<void>;
  /** The earlier photo that was chosen on the desktop, if one was. */
  chosenEarlier(): Promise<string | null>;
  earlierAddress(id: string): string;
  /** For `<img>`. */
  thumbAddress(id: string): string;
  viewAddress(id: string): string;
  /** For an event stream. */
  eventsAddress(): string;
}

/** A browser has one cookie of each kind; the page says which link or session it shows. */
const LINK_HEADER = "X-ClinicPro-Phone";
const OWN_HEADER = "X-ClinicPro-Session";

const one = (id: string) => encodeURIComponent(id);

export function createPhoneGateway(): PhoneGateway {
  const shown: Record<string, string> = {};

  let serverDate: number | null = null;
  const noteDate = (date: number) => {
    serverDate = date;
  };

  const read = <T>(path: string): Promise<T> => callJson(path, { headers: shown }, noteDate);

  async function send<T>(method: string, path: string, body: unknown, more = {}): Promise<T> {
    const headers = { "Content-Type": "application/json", ...shown, ...more };
    return callJson(path, { method, headers, body: JSON.stringify(body) }, noteDate);
  }

  function linked(session: PhoneSession, own = false): PhoneSession {
    delete shown[own ? LINK_HEADER : OWN_HEADER];
    shown[own ? OWN_HEADER : LINK_HEADER] = session.id;
    return session;
  }

  const takenBy = (takenAt: string | null) => (takenAt ? { ...shown, "X-Taken-At": takenAt } : shown);

  const named = () =>
    shown[OWN_HEADER] ? `session=${one(shown[OWN_HEADER])}` : `phone=${one(shown[LINK_HEADER] ?? "")}`;

  return {
    serverDate: () => serverDate,
    claim: async (claiming) => linked(await send("POST", "/api/handoff/claim", claiming)),
    session: async () => linked(await read("/api/phone")),
    ownSession: async () => linked(await read("/api/phone/own"), true),
    filingAs: async () => {
      const { facility, provider } = await read<Session>("/api/session");
      return { practice: facility.name, provider: provider.name };
    },
    allCapabilities: () => read("/api/capabilities"),
    fit: async (id) => (await read<{ files: FittedFile[] }>(`/api/images/${one(id)}/fit`)).files,
    file: (imageIds, routing, key) =>
      send("POST", "/api/commits", { imageIds, ...routing }, { "Idempotency-Key": key }),
    commit: (id) => read(`/api/commits/${one(id)}`),
    retry: (id) => send("POST", `/api/commits/${one(id)}/retry`, {}),
    resolve: (id, imageId, answer, target) =>
      send("POST", `/api/commits/${one(id)}/images/${one(imageId)}/resolve`, { answer, target }),
    capabilities: () => read("/api/capabilities"),
    images: async () => (await read<{ images: Image[] }>("/api/images")).images,
    add: (image, takenAt, onProgress) => upload(image, takenBy(takenAt), onProgress),
    addAhead: (image, takenAt, onProgress) =>
      upload(image, takenBy(takenAt), onProgress, "/api/images?held=true"),
    release: (id) => send("POST", `/api/images/${one(id)}/release`, {}),
    addOriginal: async (id, original, stop) => {
      const path = `/api/images/${one(id)}/original`;
      return (await upload(original, shown, () => {}, path, stop)).image;
    },
    reportWaiting: async (count) => {
      const headers = { "Content-Type": "application/json", ...shown };
      const body = JSON.stringify({ waiting: count });
      await callEmpty("/api/phone/waiting", { method: "PUT", headers, body });
    },
    describe: (id, details) => send("PATCH", `/api/images/${one(id)}`, details),
    remove: (id) => callEmpty(`/api/images/${one(id)}`, { method: "DELETE", headers: shown }),
    chosenEarlier: async () => (await read<{ chosen: string | null }>("/api/earlier-images/chosen")).chosen,
    earlierAddress: (id) => `${earlierAddress(id, "view")}&${named()}`,
    thumbAddress: (id) => `/api/images/${one(id)}/content?size=thumb&${named()}`,
    viewAddress: (id) => `/api/images/${one(id)}/content?size=view&${named()}`,
    eventsAddress: () => `/api/events?${named()}`,
  };
}
