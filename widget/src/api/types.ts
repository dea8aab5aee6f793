// The shapes that cross the HTTP border, by the names the widget uses. All come from the gateway's own description.
import type { components, paths } from "./schema.gen";

type Schemas = components["schemas"];

export type Concept = Schemas["CodingSchema"];
export type BodySite = Concept | Schemas["TextSchema"];
export type KnownBodySite = Schemas["BodySiteSchema"];
export type Consent = Schemas["ConsentSchema"];

export type Session = Schemas["SessionSchema"];
export type LaunchRequest = Schemas["LaunchRequest"];
export type Patient = Schemas["PatientSchema"];
export type Unfiled = Schemas["UnfiledSchema"];
export type Capabilities = Schemas["CapabilitiesSchema"];
export type TrayItem = Schemas["TrayItem"];
export type Offer = Schemas["Offer"];
export type Example = Schemas["ExampleSchema"];

export type Handoff = Schemas["HandoffSchema"];
export type HandoffState = Schemas["HandoffStateSchema"];
export type PhoneSession = Schemas["PhoneSchema"];

export type Image = Schemas["ImageSchema"];
export type ImageState = Image["state"];
export type FittedFile = Schemas["FittedSchema"];
export type Target = FittedFile["target"];

/** What `PATCH` changes of an image; null or an empty text clears. */
export type Details = Pick<
  Image,
  "label" | "bodySite" | "laterality" | "view" | "type" | "notes" | "takenAt" | "consent" | "sensitive"
>;

export type EarlierImage = Schemas["EarlierImageSchema"];
export type EarlierImages = Schemas["EarlierImagesSchema"];
export type Alignment = Schemas["AlignmentSchema"];

export type Commit = Schemas["CommitSchema"];
export type CommitImage = Schemas["CommittedImage"];
export type CommitStep = Schemas["StepSchema"];
export type CommitError = Schemas["ErrorSchema"];
export type StepName = "inbox" | "task";
export type UnverifiedAnswer = Schemas["ResolveRequest"]["answer"];
/** One of several targets that may have an image; undefined where there is one target, or one answer is for all. */
export type TargetToCheck = CommitImage["toCheck"][number] | undefined;

/** What goes with the images of a commit. */
export type Routing = Pick<Schemas["CommitRequest"], "inbox" | "task">;

export type ReferralPack = Schemas["ReferralSchema"];
export type ReferralFile = Schemas["ReferralFileSchema"];

/** RFC 9457, as every call answers when it can't do what was asked. */
export type Problem = paths["/api/session"]["get"]["responses"]["5XX"]["content"]["application/problem+json"];

/** A message of the event stream. */
export type Message = paths["/api/events"]["get"]["responses"][200]["content"]["text/event-stream"];
