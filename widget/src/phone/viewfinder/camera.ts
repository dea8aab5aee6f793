// The phone's rear camera in this page: starting it, what it can do, and a still at the most it gives.
import { signal } from "@preact/signals";
import type { ImageWorker } from "../capture/preparing/imageWorker";

export type CameraProblem = "forbidden" | "missing" | "busy" | "ended" | "other";
export type CameraAbilities = { torch: boolean; zoom: { min: number; max: number } | null; focus: boolean };

/** Asked for, not demanded: what a phone can't give exactly would end at 640 × 480 on an iPhone. */
const AS_MUCH = { width: { ideal: 4096 }, height: { ideal: 3072 }, facingMode: { ideal: "environment" } };
const NO_ABILITIES: CameraAbilities = { torch: false, zoom: null, focus: false };
const PHOTO_MS = 5_000;
/** A camera that is on shows its first frame within this time. */
const FRAME_MS = 5_000;
const JPEG_QUALITY = 0.95;

/** What TypeScript does not know, and not every browser has. */
type MoreCapabilities = MediaTrackCapabilities & {
  torch?: boolean;
  zoom?: { min: number; max: number };
  focusMode?: string[];
  focusDistance?: { min: number };
};
type MoreSettings = MediaTrackSettings & { focusDistance?: number };
type MoreConstraints = MediaTrackConstraintSet & {
  torch?: boolean;
  zoom?: number;
  focusMode?: string;
  pointsOfInterest?: { x: number; y: number }[];
};
type StillCamera = new (track: MediaStreamTrack) => { takePhoto(): Promise<Blob> };

export const hasCamera = () => window.isSecureContext && navigator.mediaDevices?.getUserMedia !== undefined;

/** `encode` turns what is drawn into a JPEG away from the page; null where that isn't possible. */
export function createCamera(encode: ImageWorker["encode"]) {
  const stream = signal<MediaStream | null>(null);
  const problem = signal<CameraProblem | null>(null);
  const abilities = signal<CameraAbilities>(NO_ABILITIES);
  const torch = signal(false);
  const zoom = signal(1);
  let wanted = false;
  let starting: Promise<void> | null = null;

  const track = () => stream.peek()?.getVideoTracks()[0];

  /** Of several calls at once, such as a second tap, one asks: a camera that nobody holds would stay on. */
  function start(): Promise<void> {
    wanted = true;
    problem.value = null;
    starting ??= open().finally(() => {
      starting = null;
    });
    return starting;
  }

  async function open() {
    if (track()?.readyState === "live") return;
    try {
      const started = await navigator.mediaDevices.getUserMedia({ audio: false, video: AS_MUCH });
      // Closed while the browser was asking.
      if (!wanted) return stopStream(started);
      stream.value = started;
      track()?.addEventListener("ended", () => lost(started), { once: true });
      // One that ended before it was listened to says nothing more.
      if (track()?.readyState === "ended") return lost(started);
      abilities.value = abilitiesOf(track());
      zoom.value = abilities.value.zoom?.min ?? 1;
      torch.value = false;
    } catch (cause) {
      problem.value = problemOf(cause);
    }
  }

  /** Another app took the camera, or it may not be used any more: its last frame would be taken for what is in front of it. */
  function lost(ended: MediaStream) {
    if (stream.peek() !== ended) return;
    stream.value = null;
    problem.value = "ended";
  }

  function stop() {
    wanted = false;
    stopStream(stream.peek());
    stream.value = null;
  }

  const apply = async (wish: MoreConstraints) =>
    (await track()
      ?.applyConstraints({ advanced: [wish] })
      .then(
        () => true,
        () => false,
      )) ?? false;

  async function setTorch(on: boolean) {
    if (await apply({ torch: on })) torch.value = on;
  }

  async function setZoom(factor: number) {
    const range = abilities.peek().zoom;
    if (!range) return;
    const within = Math.min(range.max, Math.max(range.min, factor));
    if (await apply({ zoom: within })) zoom.value = within;
  }

  /** `x`, `y` from the frame's upper left corner, 0 to 1. */
  const focusAt = (x: number, y: number) => apply({ pointsOfInterest: [{ x, y }], focusMode: "single-shot" });

  /** In metres; null where the browser doesn't say. */
  function focusRange(): { focus: number | null; nearest: number | null } {
    const able: MoreCapabilities = track()?.getCapabilities?.() ?? {};
    const now: MoreSettings = track()?.getSettings?.() ?? {};
    return { focus: now.focusDistance || null, nearest: able.focusDistance?.min || null };
  }

  /** A still at the camera's own resolution where the browser gives it, never smaller than the video's frame. */
  async function takeStill(video: HTMLVideoElement): Promise<Blob> {
    const frame = await frameOf(video, encode);
    // A photo switches the light off on some phones.
    const photo = torch.peek() ? null : await photoOf(track());
    if (photo && photo.pixels >= video.videoWidth * video.videoHeight) return photo.blob;
    return frame();
  }

  return {
    stream,
    problem,
    abilities,
    torch,
    zoom,
    start,
    stop,
    setTorch,
    setZoom,
    focusAt,
    focusRange,
    takeStill,
  };
}

export type RearCamera = ReturnType<typeof createCamera>;

function stopStream(stream: MediaStream | null) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function abilitiesOf(track: MediaStreamTrack | undefined): CameraAbilities {
  const able: MoreCapabilities = track?.getCapabilities?.() ?? {};
  const zoom = able.zoom && able.zoom.max > able.zoom.min ? { min: able.zoom.min, max: able.zoom.max } : null;
  return { torch: able.torch === true, zoom, focus: able.focusMode?.includes("single-shot") ?? false };
}

function problemOf(cause: unknown): CameraProblem {
  const name = cause instanceof Error ? cause.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "forbidden";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "other";
}

/** The video's frame of this moment, drawn at once; it is encoded only if it is needed. */
async function frameOf(video: HTMLVideoElement, encode: ImageWorker["encode"]): Promise<() => Promise<Blob>> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
    await new Promise((resolve, reject) => {
      video.addEventListener("loadeddata", resolve, { once: true });
      setTimeout(() => reject(new DOMException("no frame", "AbortError")), FRAME_MS);
    });
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext("2d");
  // Short of memory, a browser gives none: encoded all the same, the photo would be black.
  if (!context) throw new DOMException("no canvas", "AbortError");
  context.drawImage(video, 0, 0);
  return async () => {
    // A page encodes in its idle moments, of which a slow phone that shows a video has few.
    const blob = (await encode(canvas, JPEG_QUALITY).catch(() => null)) ?? (await encodedHere(canvas));
    canvas.width = 0;
    return blob;
  };
}

const encodedHere = (canvas: HTMLCanvasElement) =>
  new Promise<Blob>((resolve, reject) => {
    const done = (blob: Blob | null) =>
      blob ? resolve(blob) : reject(new DOMException("no frame", "AbortError"));
    canvas.toBlob(done, "image/jpeg", JPEG_QUALITY);
  });

/** null where the browser has no still camera, or it gives nothing in time. */
async function photoOf(track: MediaStreamTrack | undefined): Promise<{ blob: Blob; pixels: number } | null> {
  const Still = (window as { ImageCapture?: StillCamera }).ImageCapture;
  if (!Still || !track) return null;
  try {
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), PHOTO_MS));
    const blob = await Promise.race([new Still(track).takePhoto(), late]);
    const size = jpegSize(new DataView(await blob.slice(0, 262_144).arrayBuffer()));
    return size && { blob, pixels: size.width * size.height };
  } catch {
    // Some drivers offer photos and can't take any; the video's own frame is good.
    return null;
  }
}

/** Width and height as stored, from a JPEG's frame header. */
export function jpegSize(view: DataView): { width: number; height: number } | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 9 < view.byteLength) {
    const marker = view.getUint16(at);
    if (marker < 0xff01) return null;
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}
