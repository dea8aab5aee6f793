// Every request that the phone page makes.
import { type Added, call, upload } from "../api/client";
import type { Capabilities, Details, Image, PhoneSession } from "../api/types";

export type PhoneCapabilities = Pick<Capabilities, "limits" | "acceptedTypes" | "bodySites" | "lateralities">;

export interface PhoneGateway {
  /** Exchanges the one-time token of the QR code for this phone's cookie. */
  claim(token: string): Promise<PhoneSession>;
  session(): Promise<PhoneSession>;
  capabilities(): Promise<PhoneCapabilities>;
  /** This phone's own images. */
  images(): Promise<Image[]>;
  /** `onProgress` gets the share sent, 0 to 1. */
  add(image: Blob, onProgress: (share: number) => void): Promise<Added>;
  describe(id: string, details: Partial<Details>): Promise<Image>;
  remove(id: string): Promise<void>;
  /** For `<img>`. */
  thumbAddress(id: string): string;
  /** For an event stream. */
  eventsAddress(): string;
}

/** The phone's cookie belongs to the code that was scanned last; the page says which link it shows. */
const LINK_HEADER = "X-ClinicPro-Phone";

const one = (id: string) => encodeURIComponent(id);

export function createPhoneGateway(): PhoneGateway {
  const shown: Record<string, string> = {};

  const read = async <T>(path: string): Promise<T> => (await call(path, { headers: shown })).json();

  async function send<T>(method: string, path: string, body: unknown): Promise<T> {
    const headers = { "Content-Type": "application/json", ...shown };
    return (await call(path, { method, headers, body: JSON.stringify(body) })).json();
  }

  function linked(session: PhoneSession): PhoneSession {
    shown[LINK_HEADER] = session.id;
    return session;
  }

  const link = () => one(shown[LINK_HEADER] ?? "");

  return {
    claim: async (token) => linked(await send("POST", "/api/handoff/claim", { token })),
    session: async () => linked(await read("/api/phone")),
    capabilities: () => read("/api/capabilities"),
    images: async () => (await read<{ images: Image[] }>("/api/images")).images,
    add: (image, onProgress) => upload(image, shown, onProgress),
    describe: (id, details) => send("PATCH", `/api/images/${one(id)}`, details),
    remove: async (id) => {
      await call(`/api/images/${one(id)}`, { method: "DELETE", headers: shown });
    },
    thumbAddress: (id) => `/api/images/${one(id)}/content?size=thumb&phone=${link()}`,
    eventsAddress: () => `/api/events?phone=${link()}`,
  };
}
