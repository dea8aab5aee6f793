// A session, an image and what may be said of it, for tests of the widget.
import type { Capabilities, Image, KnownBodySite, Session } from "../src/api/types";

const SNOMED = "http://snomed.info/sct";
const site = (code: string, display: string, common = true, synonyms: string[] = []) => ({
  system: SNOMED,
  code,
  display,
  common,
  synonyms,
  sides: "paired" as KnownBodySite["sides"],
});

const offer = () => ({ available: true, reason: "", certain: true });

export const FOREARM = site("14975008", "Forearm");
export const CAPABILITIES: Capabilities = {
  limits: { maxBytes: 1000, maxPixels: 1e8, maxPictures: 5, warnPictures: 4, maxPerCommit: 2 },
  acceptedTypes: ["image/jpeg", "image/png"],
  commitTarget: "scan",
  targets: { scan: offer(), media: offer() },
  inbox: offer(),
  task: offer(),
  earlierImages: offer(),
  sight: {},
  recipients: [{ id: "d", name: "Dr Alex Api" }],
  bodySites: [
    FOREARM,
    site("40983000", "Upper arm"),
    site("30021000", "Lower leg", true, ["shin", "calf"]),
    site("48856004", "Skin of shoulder", false),
    site("818981001", "Abdomen", false, ["tummy"]),
  ],
  lateralities: [
    { system: SNOMED, code: "24028007", display: "Right" },
    { system: SNOMED, code: "7771000", display: "Left" },
    { system: SNOMED, code: "51440002", display: "Both" },
  ],
  views: [],
  types: [],
  consent: { by: [{ code: "patient", display: "Patient" }], scope: [{ code: "record", display: "Record" }] },
  examples: [],
};

export const SESSION: Session = {
  id: "s",
  patient: { id: "p", name: "Aroha Example", nhi: "ZZZ0016", birthDate: "1965-08-07", sex: "female" },
  facility: { id: "F2N060-E", name: "Healthier Care" },
  provider: { id: "d", name: "Dr Alex Api" },
  colour: "#0f766e",
  colourName: "Teal",
  word: "Kererū",
  startedAt: "2026-11-24T00:00:00Z",
  expiresAt: "2026-11-24T01:00:00Z",
  leftovers: [],
  environment: "sandbox",
  recordCheck: "only",
  otherRecords: 0,
  restoredFrom: null,
};

export const image = (id: string, more: Partial<Image> = {}): Image => ({
  id,
  state: "staged",
  source: "desktop",
  pages: 1,
  incomplete: false,
  takenAtSource: "clock",
  contentType: "image/jpeg",
  bytes: 10,
  width: 4,
  height: 3,
  takenAt: "2026-11-24T00:00:00Z",
  uploadedAt: `2026-11-24T00:00:0${id.length}Z`,
  label: "",
  bodySite: null,
  laterality: null,
  view: null,
  type: null,
  notes: "",
  consent: null,
  sensitive: false,
  derivedFrom: null,
  position: null,
  commitId: null,
  committedAt: null,
  documentReferenceId: null,
  mediaId: null,
  title: "Clinical photo",
  ...more,
});
