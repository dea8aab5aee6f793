// Taking an image with this computer's camera: which one, how it is going, and the taken until it is kept.
import { signal } from "@preact/signals";
import type { Memory } from "../../shared/clock";
import type { Uploads } from "../adding/uploads";
import type { Notices } from "../notices/notices";

const REMEMBERED = "clinicpro.camera";

export type WebcamProblem = { title: string; next: string };

/** What a browser calls it when a camera can't be had, in words with a next step. */
export function problemOf(name: string): WebcamProblem {
  if (name === "NotAllowedError" || name === "SecurityError")
    return {
      title: "This page may not use the camera",
      next: "Allow it with the camera sign beside the address, then press Try again. If there is none, ask whoever looks after this computer.",
    };
  if (name === "NotFoundError" || name === "OverconstrainedError")
    return {
      title: "No camera was found",
      next: "Plug one in or switch it on, then press Try again. A phone can take the photo too.",
    };
  if (name === "NotReadableError" || name === "AbortError")
    return {
      title: "The camera is in use or does not answer",
      next: "Close other programs that use it, such as a video call, then press Try again.",
    };
  if (name === "Insecure")
    return {
      title: "The camera needs a secure address",
      next: "This page was opened over plain http, where browsers give no camera. Open it over https, or use a phone.",
    };
  return {
    title: "The camera could not be started",
    next: "Unplug it and plug it in again, then press Try again. A phone can take the photo too.",
  };
}

export function createWebcam(memory: Memory, uploads: Uploads, notices: Notices) {
  const open = signal(false);
  /** The device to use; "" lets the browser choose. */
  const device = signal(memory.getItem(REMEMBERED) ?? "");
  const taken = signal<Blob | null>(null);

  function show() {
    if (uploads.room.value === 0) {
      notices.say("The session is full. Remove a photo before taking another.", "bad");
      return;
    }
    taken.value = null;
    open.value = true;
  }

  function choose(id: string) {
    device.value = id;
    memory.setItem(REMEMBERED, id);
  }

  const close = () => {
    open.value = false;
    taken.value = null;
  };

  const took = (image: Blob) => {
    taken.value = image;
  };

  const retake = () => {
    taken.value = null;
  };

  /** Into the session like any other image; `more` leaves the camera on for the next. */
  function keep(more: boolean) {
    if (taken.value) uploads.add([taken.value], true);
    taken.value = null;
    if (!more || uploads.room.value === 0) close();
  }

  return { open, device, taken, show, choose, close, took, retake, keep };
}

export type Webcam = ReturnType<typeof createWebcam>;
