// The shapes the gateway answers with, as its contract names them.

export type Concept = { system: string; code: string; display: string };
export type BodySite = Concept | { text: string };
export type KnownBodySite = Concept & { common: boolean; synonyms: string[] };
export type ConsentPart = { code: string; display: string };
export type Consent = { by: string; scope: string };

export type Patient = { id: string; name: string; nhi: string; birthDate: string; sex: string };

export type Session = {
  /** Names the session on later requests; it opens nothing by itself. */
  id: string;
  patient: Patient;
  facility: { id: string; name: string };
  provider: { id: string; name: string };
  /** A CSS colour such as #0f766e; `colourName` is the same colour as a word. */
  colour: string;
  colourName: string;
  word: string;
  /** ISO 8601. */
  expiresAt: string;
  leftovers: Leftovers[];
  environment: "uat" | "production" | "sandbox";
};

/** `gone`: cut off, or there never was one; then `id` and `expiresAt` are null. */
export type HandoffState = {
  id: string | null;
  state: "waiting" | "connected" | "expired" | "gone";
  expiresAt: string | null;
};

/** A new QR code; the server shows it this once. */
export type Handoff = {
  id: string;
  state: "waiting";
  qrSvg: string;
  /** For typing by hand: where to, and what. */
  address: string;
  code: string;
  /** ISO 8601; until then it can be scanned. */
  expiresAt: string;
  /** False where a phone can't reach the address; `hint` says what to do. */
  reachable: boolean;
  hint: string;
};

/** Unfiled pictures of an earlier session; `underWay` of them are being filed by themselves. */
export type Leftovers = {
  samePatient: boolean;
  patientName: string;
  providerName: string;
  count: number;
  underWay: number;
  /** ISO 8601. */
  oldest: string;
  resumable: boolean;
};

/** Whether something can be done, and why not; not certain while Medtech can't be asked. */
export type Offer = { available: boolean; reason: string; certain: boolean };
export type Target = "scan" | "media";
export type Person = { id: string; name: string };

export type Example = { name: string; url: string; title: string };

export type Capabilities = {
  limits: {
    maxBytes: number;
    maxPixels: number;
    maxPictures: number;
    warnPictures: number;
    maxPerCommit: number;
  };
  acceptedTypes: string[];
  commitTarget: Target | "both";
  targets: Record<Target, Offer>;
  inbox: Offer;
  task: Offer;
  recipients: Person[];
  bodySites: KnownBodySite[];
  lateralities: Concept[];
  views: Concept[];
  types: Concept[];
  consent: { by: ConsentPart[]; scope: ConsentPart[] };
  /** Demo only: pictures offered while there is none. */
  examples: Example[];
};

export type ImageState = "staged" | "queued" | "sending" | "committed" | "failed" | "unverified";

export type Image = {
  id: string;
  state: ImageState;
  source: "desktop" | "phone";
  /** The picture that this one is an edited copy of. */
  derivedFrom?: string | null;
  contentType: string;
  bytes: number;
  width: number;
  height: number;
  takenAt: string | null;
  uploadedAt: string;
  label: string;
  bodySite: BodySite | null;
  laterality: Concept | null;
  view: string | null;
  type: string | null;
  notes: string;
  consent: Consent | null;
  sensitive: boolean;
  /** Where the clinician put it; null after those, in order of arrival. */
  position?: number | null;
  /** The request that last asked for filing. */
  commitId?: string | null;
  documentReferenceId: string | null;
  mediaId: string | null;
  committedAt?: string | null;
  /** The line a colleague reads in the record. */
  title: string;
};

/** What PATCH takes; null clears, or an empty text. */
export type Details = {
  label: string;
  bodySite: BodySite | null;
  laterality: Concept | null;
  view: string | null;
  type: string | null;
  notes: string;
  takenAt: string;
  consent: Consent | null;
  sensitive: boolean;
};

export type CommitImage = {
  imageId: string;
  state: ImageState;
  documentReferenceId: string | null;
  mediaId: string | null;
  error: { title: string; detail: string } | null;
  committedAt?: string | null;
  title?: string;
};

export type StepName = "inbox" | "task";

/** How far the message or the task of a request is. */
export type CommitStep = {
  state: Exclude<ImageState, "staged">;
  recipientId: string;
  due: string | null;
  resourceId: string | null;
  committedAt: string | null;
  error: { type?: string; title: string; detail: string } | null;
};

export type Commit = {
  id: string;
  createdAt: string;
  state: string;
  images: CommitImage[];
  inbox: CommitStep | null;
  task: CommitStep | null;
};

/** What goes with the pictures. */
export type Routing = {
  inbox?: { recipientId: string; note: string };
  task?: { assigneeId: string; due?: string; note: string };
};

/** One file that filing will write. */
export type FittedFile = {
  target: Target;
  contentType: string;
  bytes: number;
  limit: number;
  width: number;
  height: number;
  done: string;
};

export type UnverifiedAnswer = "in-inbox" | "send-again";
