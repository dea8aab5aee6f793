// Taking an image with this computer's camera: which one, how it is going, and the taken until it is kept.
import { signal } from "@preact/signals";
import type { Memory } from "../../shared/storage";
import type { Uploads } from "../adding/uploads";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";

const words = locale.webcam;

const REMEMBERED = "clinicpro.camera";

export type WebcamProblem = { title: string; next: string };

/** What a browser calls it when a camera can't be had, in words with a next step. */
export function problemOf(name: string): WebcamProblem {
  if (name === "NotAllowedError" || name === "SecurityError") return words.problems.forbidden;
  if (name === "NotFoundError" || name === "OverconstrainedError") return words.problems.missing;
  if (name === "NotReadableError" || name === "AbortError") return words.problems.busy;
  if (name === "Insecure") return words.problems.insecure;
  return words.problems.other;
}

export function createWebcam(memory: Memory, uploads: Uploads, notices: NoticesSlice) {
  const open = signal(false);
  /** The device to use; "" lets the browser choose. */
  const device = signal(memory.getItem(REMEMBERED) ?? "");
  const taken = signal<Blob | null>(null);

  function show() {
    if (uploads.room.value === 0) {
      notices.say(words.bad.full, "bad");
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
