// What only a browser can do for the store: copy an image, save a file, receive messages from other windows.
import type { HostPort } from "./host/host";
import type { Outlet } from "./referral/referrals";
import type { Windows } from "./store";

/** Browsers take images on the clipboard as PNG only. */
async function asPng(image: Blob): Promise<Blob> {
  const drawn = await createImageBitmap(image);
  const canvas = new OffscreenCanvas(drawn.width, drawn.height);
  const context = canvas.getContext("2d");
  // Short of memory, a browser gives none: what would be copied is empty.
  if (!context) throw new DOMException("no canvas", "AbortError");
  context.drawImage(drawn, 0, 0);
  drawn.close();
  return canvas.convertToBlob({ type: "image/png" });
}

export const browserOutlet: Outlet = {
  // Not on a page served by plain http inside a practice's network.
  canCopy: Boolean(navigator.clipboard) && "ClipboardItem" in window,
  copy: (image) => navigator.clipboard.write([new ClipboardItem({ "image/png": asPng(image) })]),
  copyText: (text) => navigator.clipboard.writeText(text),
  save(image, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(image);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  },
};

export const browserHost: HostPort = {
  post: (message, origin) => window.parent !== window && window.parent.postMessage(message, origin),
  onMessage: (heard) =>
    window.addEventListener("message", ({ source, data, origin }) => {
      // The gateway's frame-ancestors has let this page in; nobody else is listened to.
      if (source === window.parent && source !== window) heard(data, origin);
    }),
};

/** Windows of one browser tell each other which session they opened: an id that grants no access. */
export function browserWindows(): Windows {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("clinicpro") : null;
  return {
    announce: (sessionId) => channel?.postMessage(sessionId),
    onOpened: (opened) => channel?.addEventListener("message", (event) => opened(String(event.data))),
  };
}
