// The shapes that cross the HTTP border, by the names the widget uses. All come from the gateway's own description.
import type { components, paths } from "./schema.gen";

type Schemas = components["schemas"];

export type Concept = Schemas["CodingView"];
export type BodySite = Concept | Schemas["TextView"];
export type KnownBodySite = Schemas["BodySiteView"];
export type Consent = Schemas["ConsentView"];

export type Session = Schemas["SessionView"];
export type Patient = Schemas["PatientView"];
export type Unfiled = Schemas["LeftoversView"];
export type Capabilities = Schemas["CapabilitiesView"];
export type Offer = Schemas["Offer"];
export type Example = Schemas["ExampleView"];

export type Handoff = Schemas["HandoffView"];
export type HandoffState = Schemas["HandoffStateView"];
export type PhoneSession = Schemas["PhoneView"];

export type Image = Schemas["ImageView"];
export type ImageState = Image["state"];
export type FittedFile = Schemas["FittedView"];
export type Target = FittedFile["target"];

/** What `PATCH` changes of an image; null or an empty text clears. */
export type Details = Pick<
  Image,
  "label" | "bodySite" | "laterality" | "view" | "type" | "notes" | "takenAt" | "consent" | "sensitive"
>;

export type Commit = Schemas["CommitView"];
export type CommitImage = Schemas["CommittedImage"];
export type CommitStep = Schemas["StepView"];
export type CommitError = Schemas["ErrorView"];
export type StepName = "inbox" | "task";
export type UnverifiedAnswer = Schemas["ResolveRequest"]["answer"];

/** What goes with the images of a commit. */
export type Routing = Pick<Schemas["CommitRequest"], "inbox" | "task">;

/** RFC 9457, as every call answers when it can't do what was asked. */
export type Problem = paths["/api/session"]["get"]["responses"]["5XX"]["content"]["application/problem+json"];

/** A message of the event stream. */
export type Message = paths["/api/events"]["get"]["responses"][200]["content"]["text/event-stream"];
