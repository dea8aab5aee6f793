// The phone's own shapes: the session it was let into, and an image on its way.
import type { BodySite, Concept } from "../api/types";

/** Where on the body: kept for the next image until it is changed. */
export type BodyPlace = { bodySite: BodySite | null; laterality: Concept | null };

/** What the phone noticed about an image; a hint for the clinician, never a refusal. */
export type Hint = "blurred" | "dark" | "bright";

/** What is remembered of an image besides its bytes. */
export type Facts = {
  place: BodyPlace;
  hints: Hint[];
  /** Camera images live nowhere else; a chosen photo also stays in the phone's gallery. */
  origin: "camera" | "gallery";
  /** raw: as it was taken. ready: these very bytes go to the server, however often that is tried. landed: only its body site is still unsent. */
  stage: "raw" | "ready" | "landed";
  /** The clinician pressed Send. */
  wanted: boolean;
  /** The server's id, once it has the image. */
  imageId: string | null;
};

export type PendingImage = Facts & {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  /** blob: address of a small image, "" while there is none. */
  preview: string;
  state: "preparing" | "waiting" | "sending" | "refused";
  /** Share sent, 0 to 1. */
  share: number;
  refusal: { title: string; detail: string; reference: string; again: boolean } | null;
};
