// What the phone says about an image, in words.

import { sideWord } from "../../shared/wording";
import type { BodyPlace, Hint } from "../types";

export const HINTS: Record<Hint, { word: string; advice: string }> = {
  blurred: {
    word: "Blurred?",
    advice: "This may be blurred. Hold still, or step back a little and tap to focus.",
  },
  dark: { word: "Dark?", advice: "This may be too dark. More light helps." },
  bright: {
    word: "Too bright?",
    advice: "This may be too bright. Turn away from the light, or turn the flash off.",
  },
};

/** "Left forearm", "Forearm", "" */
export function placeWords({ bodySite, laterality }: BodyPlace): string {
  const site = bodySite ? ("display" in bodySite ? bodySite.display : bodySite.text) : "";
  if (!laterality) return site;
  return site
    ? `${sideWord(laterality)} ${site.charAt(0).toLowerCase()}${site.slice(1)}`
    : sideWord(laterality);
}
