// How a part of a page comes that the first screen doesn't need: Vite puts this in place of its own at each import().

/** What is here, or on its way. */
const coming = new Map<string, Promise<unknown>>();

/**
 * Fetches the files that a part consists of, then imports it: from the browser's cache, because their names never change.
 *
 * Browsers never ask again for a module that once did not come, until the page is new. So none is imported before it is
 * here, and what did not come over a dropped connection comes at the next try.
 */
export async function __vitePreload<Part>(load: () => Promise<Part>, files: string[] = []): Promise<Part> {
  await Promise.all(files.map((file) => fetched(`/${file}`)));
  return load();
}

function fetched(address: string): Promise<unknown> {
  const known = coming.get(address);
  if (known) return known;
  // What the page itself names is here already.
  if (document.querySelector(`link[href="${address}"], script[src="${address}"]`)) return Promise.resolve();
  const file = (address.endsWith(".css") ? styled : read)(address).catch((cause) => {
    coming.delete(address);
    throw cause;
  });
  coming.set(address, file);
  return file;
}

async function read(address: string): Promise<void> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  // To its end: the connection may drop halfway.
  await answer.blob();
}

function styled(address: string): Promise<void> {
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
  return new Promise((resolve, reject) => {
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(`No ${address}`));
    };
    document.head.append(link);
  });
}
