// What the phone says about an image, in words.

import { placed, sideWord } from "../../../shared/wording";
import { locale } from "../../locale";
import type { BodyPlace, Hint } from "../../types";

export const HINTS: Record<Hint, { word: string; advice: string }> = locale.capture.hints;

/** "Left forearm", "Forearm", "" */
export function placeWords({ bodySite, laterality }: BodyPlace): string {
  return placed(bodySite, laterality) || (laterality ? sideWord(laterality) : "");
}
