// Every request that the desktop page makes.
import { contentAddress, referralFileAddress } from "./addresses";
import { type Added, callBlob, callEmpty, callJson, upload } from "./requests";
import type {
  Alignment,
  Capabilities,
  Commit,
  Details,
  EarlierImages,
  FittedFile,
  Handoff,
  HandoffState,
  Image,
  LaunchRequest,
  ReferralPack,
  Routing,
  Session,
  StepName,
  TargetToCheck,
  TrayItem,
  UnverifiedAnswer,
} from "./types";

export interface Gateway {
  /** `background`: no user action, so the call must not keep the session open. */
  session(background?: boolean): Promise<Session>;
  /** Takes a session that is known already. */
  adopt(session: Session): Session;
  capabilities(): Promise<Capabilities>;
  images(background?: boolean): Promise<Image[]>;
  /** `onProgress` gets the share sent, 0 to 1. */
  addImage(file: Blob, onProgress: (share: number) => void): Promise<Added>;
  /** An edited copy of an image, as an image of its own. */
  addEdit(id: string, image: Blob, onProgress: (share: number) => void): Promise<Added>;
  describe(id: string, details: Partial<Details>): Promise<Image>;
  /** Puts the images into this order, those not named after them. */
  arrange(imageIds: string[]): Promise<void>;
  tabTicket(): Promise<{ ticket: string }>;
  removeImage(id: string, leaving?: boolean): Promise<void>;
  thumb(id: string): Promise<Blob>;
  /** Every byte of it. */
  content(id: string): Promise<Blob>;
  example(url: string): Promise<Blob>;
  /** Photos of this patient that the record already holds. */
  earlierImages(background?: boolean): Promise<EarlierImages>;
  /** Which of them is compared with the new photos; a phone shows it over its viewfinder. */
  chooseEarlier(id: string | null): Promise<void>;
  /** Where an earlier photo lies over a new one. */
  alignment(id: string, imageId: string): Promise<Alignment>;
  handoff(): Promise<HandoffState>;
  newHandoff(): Promise<Handoff>;
  endHandoff(): Promise<void>;
  resume(): Promise<Image[]>;
  /** What this provider's other sessions have on the way; asked for by the page, not by the user. */
  tray(): Promise<{ items: TrayItem[] }>;
  fit(id: string): Promise<FittedFile[]>;
  /** The unmarked original of an image. */
  referral(id: string, kilobytes: number): Promise<Blob>;
  referralPack(commitId: string, asked: ReferralAsked): Promise<ReferralPack>;
  referralFile(commitId: string, imageId: string, asked: ReferralAsked): Promise<Blob>;
  referralZip(commitId: string, asked: ReferralAsked): Promise<Blob>;
  file(imageIds: string[], routing: Routing, idempotencyKey: string): Promise<Commit>;
  commit(id: string): Promise<Commit>;
  retry(commitId: string): Promise<Commit>;
  resolve(
    commitId: string,
    imageId: string,
    answer: UnverifiedAnswer,
    target: TargetToCheck,
  ): Promise<Commit>;
  resolveStep(commitId: string, step: StepName, answer: UnverifiedAnswer): Promise<Commit>;
}

/** The browser's cookie belongs to the launch that came last; the page says which session it shows. */
const SESSION_HEADER = "X-ClinicPro-Session";
const BACKGROUND = { "X-ClinicPro-Background": "1" };

/** The calls before there is a session to talk for. */
export const launchCalls = {
  start: async (launch: LaunchRequest): Promise<{ ticket: string | null }> => {
    const headers = { "Content-Type": "application/json" };
    return callJson("/launch", { method: "POST", headers, body: JSON.stringify(launch) });
  },
  session: (): Promise<Session> => callJson("/api/session", {}),
};

export type ReferralAsked = { limit: string; identified: boolean };

const query = ({ limit, identified }: ReferralAsked) =>
  new URLSearchParams({ limit, identified: String(identified) });

const one = (id: string) => encodeURIComponent(id);

/** Talks for one page: from the first answer on, every request names the session that the page shows. */
export function createGateway(): Gateway {
  const shown: Record<string, string> = {};

  const read = <T>(path: string, background = false): Promise<T> =>
    callJson(path, { headers: { ...shown, ...(background ? BACKGROUND : {}) } });
  const blob = (path: string): Promise<Blob> => callBlob(path, { headers: shown });

  async function send<T>(method: string, path: string, body: unknown = {}, more = {}): Promise<T> {
    const headers = { "Content-Type": "application/json", ...shown, ...more };
    return callJson(path, { method, headers, body: JSON.stringify(body) });
  }

  function adopt(open: Session) {
    shown[SESSION_HEADER] = open.id;
    return open;
  }

  async function session(background = false) {
    return adopt(await read<Session>("/api/session", background));
  }

  return {
    session,
    adopt,
    capabilities: () => read("/api/capabilities"),
    images: async (background) => (await read<{ images: Image[] }>("/api/images", background)).images,
    addImage: (file, onProgress) => upload(file, shown, onProgress),
    addEdit: (id, image, onProgress) => upload(image, shown, onProgress, `/api/images/${one(id)}/edits`),
    describe: (id, details) => send("PATCH", `/api/images/${one(id)}`, details),
    arrange: (imageIds) => send("PUT", "/api/images/order", { imageIds }),
    tabTicket: () => send("POST", "/api/session/tab"),
    removeImage: async (id, leaving = false) => {
      await callEmpty(`/api/images/${one(id)}`, { method: "DELETE", headers: shown, keepalive: leaving });
    },
    content: (id) => blob(contentAddress(id, "full")),
    thumb: (id) => blob(contentAddress(id, "thumb")),
    earlierImages: (background) => read("/api/earlier-images", background),
    chooseEarlier: async (id) => {
      const headers = { "Content-Type": "application/json", ...shown };
      const body = JSON.stringify({ chosen: id });
      await callEmpty("/api/earlier-images/chosen", { method: "PUT", headers, body });
    },
    alignment: (id, imageId) => read(`/api/earlier-images/${one(id)}/alignment/${one(imageId)}`),
    example: (url) => blob(url),
    handoff: () => read("/api/handoff"),
    newHandoff: () => send("POST", "/api/handoff"),
    endHandoff: async () => {
      await callEmpty("/api/handoff", { method: "DELETE", headers: shown });
    },
    resume: async () => (await send<{ images: Image[] }>("POST", "/api/session/leftovers/resume")).images,
    tray: () => read("/api/tray", true),
    fit: async (id) => (await read<{ files: FittedFile[] }>(`/api/images/${one(id)}/fit`)).files,
    referral: (id, kilobytes) => blob(`/api/images/${one(id)}/referral?kilobytes=${kilobytes}`),
    referralPack: (id, asked) => read(`/api/commits/${one(id)}/referral/files?${query(asked)}`),
    referralFile: (id, imageId, asked) => blob(referralFileAddress(id, imageId, asked)),
    referralZip: (id, asked) => blob(`/api/commits/${one(id)}/referral?${query(asked)}`),
    file: (imageIds, routing, key) =>
      send("POST", "/api/commits", { imageIds, ...routing }, { "Idempotency-Key": key }),
    commit: (id) => read(`/api/commits/${one(id)}`, true),
    retry: (id) => send("POST", `/api/commits/${one(id)}/retry`),
    resolve: (id, imageId, answer, target) =>
      send("POST", `/api/commits/${one(id)}/images/${one(imageId)}/resolve`, { answer, target }),
    resolveStep: (id, step, answer) =>
      send("POST", `/api/commits/${one(id)}/steps/${step}/resolve`, { answer }),
  };
}
