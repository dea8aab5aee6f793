// The phone's own shapes: where an image was taken, what is remembered of it, and how it is shown while it is here.
import type { BodySite, Concept, Image } from "../api/types";

/** Where on the body: kept for the next image until it is changed. */
export type BodyPlace = { bodySite: BodySite | null; laterality: Concept | null };

export type View = NonNullable<Image["view"]>;

/** What the phone noticed about an image; a hint for the clinician, never a refusal. */
export type Hint = "dark" | "bright" | "glare" | "blurred" | "close" | "far" | "scale";

/** What is remembered of an image besides its bytes. */
export type Facts = {
  place: BodyPlace;
  /** Which of the set it is, if that was chosen. */
  view: View | null;
  hints: Hint[];
  /** Camera images live nowhere else; a chosen photo also stays in the phone's gallery. */
  origin: "camera" | "gallery";
  /** ISO time, from the phone's clock or from inside a chosen photo; null where neither knows. */
  takenAt: string | null;
  /**
   * raw: as it was taken. ready: these very bytes go to the server, however often that is tried. ahead: the server holds
   * them too, on no desktop until Send. landed: only its details are still unsent. behind: the server has all of it, in a
   * small copy that its original follows.
   */
  stage: "raw" | "ready" | "ahead" | "landed" | "behind";
  /** The clinician pressed Send. */
  wanted: boolean;
  /** The server's id, once it has the image. */
  imageId: string | null;
};

export type SendRefusal = { title: string; detail: string; reference: string; again: boolean };

export type PendingImage = Facts & {
  key: string;
  /** Milliseconds since 1970. */
  at: number;
  /** blob: address of a small image, "" while there is none. */
  preview: string;
  state: "preparing" | "waiting" | "sending" | "refused";
  /** Share sent, 0 to 1. */
  share: number;
  /** How often this image failed although server and network did not; it then goes behind the others. */
  stumbles: number;
  refusal: SendRefusal | null;
};
