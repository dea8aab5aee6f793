// A computer's cameras: asking for one at its full resolution, and taking a still image from it.
import { locale } from "../locale";

const words = locale.webcam;

export type Camera = { id: string; name: string };

/** Asked for, not demanded: a camera gives the most it has up to this. */
const AS_MUCH = { width: { ideal: 4096 }, height: { ideal: 2160 } };

/** ImageCapture exists in Chromium only, and TypeScript does not know it. */
type Capture = { takePhoto(): Promise<Blob> };
declare global {
  interface Window {
    ImageCapture?: new (track: MediaStreamTrack) => Capture;
  }
}

export const camerasAllowed = () => window.isSecureContext && navigator.mediaDevices !== undefined;

/** Starts a camera; the one asked for, else one that faces away from the user. Rejects with a DOMException. */
export async function startCamera(id: string): Promise<MediaStream> {
  const which = id ? { deviceId: { exact: id } } : { facingMode: "environment" };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...AS_MUCH, ...which } });
  } catch (cause) {
    // The remembered camera is not plugged in today.
    if (!id || !(cause instanceof DOMException) || !/NotFound|Overconstrained/.test(cause.name)) throw cause;
    return startCamera("");
  }
}

/** Names are known only once a camera was allowed. */
export async function listCameras(): Promise<Camera[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId)
    .map((device, at) => ({ id: device.deviceId, name: device.label || words.unnamed(at + 1) }));
}

export const stopCamera = (stream: MediaStream) => {
  for (const track of stream.getTracks()) track.stop();
};

/** A still image at the most the camera gives, never smaller than what the video shows. */
export async function takeStill(stream: MediaStream, video: HTMLVideoElement): Promise<Blob> {
  const track = stream.getVideoTracks()[0];
  const shown = video.videoWidth * video.videoHeight;
  if (window.ImageCapture && track) {
    try {
      const photo = await new window.ImageCapture(track).takePhoto();
      const { width, height } = await createImageBitmap(photo);
      if (width * height >= shown && /^image\/(jpeg|png)$/.test(photo.type)) return photo;
    } catch {
      // Some drivers offer photos and can't take any; the video's own frame is good.
    }
  }
  return frameOf(video);
}

/** Until the camera has shown something: what comes before the first frame is black. */
function frameShown(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    if (typeof video.requestVideoFrameCallback === "function")
      video.requestVideoFrameCallback(() => resolve());
    else if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) resolve();
    else video.addEventListener("loadeddata", () => resolve(), { once: true });
  });
}

async function frameOf(video: HTMLVideoElement): Promise<Blob> {
  await frameShown(video);
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  // Short of memory, a browser gives none: encoded all the same, the photo would be black.
  if (!context) throw new DOMException("no canvas", "AbortError");
  context.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null) => (blob ? resolve(blob) : reject(new DOMException("", "AbortError")));
    canvas.toBlob(done, "image/jpeg", 0.97);
  });
}
