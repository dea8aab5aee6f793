// Where both inboxes get a photo, one may have it and the other not: each that is in doubt is asked about on its own.
import type { CommitImage, TargetToCheck } from "../../api/types";

/** Each question about an uncertain image: one for each target in doubt, or a single one without a target. */
export const targetsToCheck = (outcome: CommitImage | null | undefined): TargetToCheck[] =>
  outcome?.toCheck.length ? outcome.toCheck : [undefined];
