// AES-GCM with a separate key for each image, which never leaves the browser: removing an image removes its key.

export type Encrypted = { iv: Uint8Array<ArrayBuffer>; encrypted: ArrayBuffer };

const words = new TextEncoder();

export const newImageKey = () =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

/** `label` is authenticated too, so that encrypted bytes can't be swapped. */
export async function encrypt(key: CryptoKey, label: string, plain: ArrayBuffer): Promise<Encrypted> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv, additionalData: words.encode(label) };
  return { iv, encrypted: await crypto.subtle.encrypt(how, key, plain) };
}

export const decrypt = (key: CryptoKey, label: string, { iv, encrypted }: Encrypted) =>
  crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: words.encode(label) }, key, encrypted);

export const encryptJson = (key: CryptoKey, label: string, content: unknown) =>
  encrypt(key, label, words.encode(JSON.stringify(content)).buffer as ArrayBuffer);

export const decryptJson = async (key: CryptoKey, label: string, encrypted: Encrypted) =>
  JSON.parse(new TextDecoder().decode(await decrypt(key, label, encrypted)));
