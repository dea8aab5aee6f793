// AES-GCM under a key of each shot's own, which never leaves the browser: removing a shot removes its key.

export type Sealed = { iv: Uint8Array<ArrayBuffer>; sealed: ArrayBuffer };

const words = new TextEncoder();

export const newShotKey = () =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** `label` binds the sealed bytes to where they belong. */
export async function seal(key: CryptoKey, label: string, plain: ArrayBuffer): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: words.encode(label) };
  return { iv, sealed: await crypto.subtle.encrypt(how, key, plain) };
}

export const unseal = (key: CryptoKey, label: string, { iv, sealed }: Sealed) =>
  crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: words.encode(label) }, key, sealed);

export const sealWords = (key: CryptoKey, label: string, content: unknown) =>
  seal(key, label, words.encode(JSON.stringify(content)).buffer as ArrayBuffer);

export const unsealWords = async (key: CryptoKey, label: string, sealed: Sealed) =>
  JSON.parse(new TextDecoder().decode(await unseal(key, label, sealed)));
