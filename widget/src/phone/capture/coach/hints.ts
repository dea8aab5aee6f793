// What the phone says about an image, in words.

import { sideWord } from "../../../shared/wording";
import { locale } from "../../locale";
import type { BodyPlace, Hint } from "../../types";

export const HINTS: Record<Hint, { word: string; advice: string }> = locale.capture.hints;

/** "Left forearm", "Forearm", "" */
export function placeWords({ bodySite, laterality }: BodyPlace): string {
  const site = bodySite ? ("display" in bodySite ? bodySite.display : bodySite.text) : "";
  if (!laterality) return site;
  return site
    ? `${sideWord(laterality)} ${site.charAt(0).toLowerCase()}${site.slice(1)}`
    : sideWord(laterality);
}
