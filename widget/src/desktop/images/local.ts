// A photo that is shown before the server has it: drawn from the file, described at once, renamed when its id is known.
import type { Image } from "../../api/types";

const PREFIX = "local-";

export const isLocal = (id: string) => id.startsWith(PREFIX);

export function localImage(key: number, now: number, contentType: string, bytes: number): Image {
  const at = new Date(now).toISOString();
  return {
    ...BLANK,
    id: `${PREFIX}${String(key).padStart(6, "0")}`,
    contentType,
    bytes,
    takenAt: at,
    uploadedAt: at,
  };
}

const BLANK = {
  state: "staged",
  takenAtSource: "clock",
  source: "desktop",
  derivedFrom: null,
  width: 1,
  height: 1,
  pages: 1,
  label: "",
  bodySite: null,
  laterality: null,
  view: null,
  type: null,
  notes: "",
  consent: null,
  sensitive: false,
  documentReferenceId: null,
  mediaId: null,
  commitId: null,
  committedAt: null,
  position: null,
  title: "",
} as unknown as Image;
