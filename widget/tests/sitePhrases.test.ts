// Each of the phrases puts the right site and side first; none contradicts, and nothing is left uncoded that has a code.
import { expect, test } from "vitest";
import { WITHIN } from "../src/shared/bodySites/around";
import { findPhrases, freeSite } from "../src/shared/bodySites/phrase";
import { CAPABILITIES } from "./fakes";
import { listedSites } from "./siteList";
import { SITE_PHRASES } from "./sitePhrases";

const LISTS = { bodySites: listedSites(), lateralities: CAPABILITIES.lateralities };
const SIDES: Record<string, string> = { "Right and left": "Both" };

const CASES = SITE_PHRASES.trim()
  .split("\n")
  .map((line) => line.split(" → ") as [string, string]);

function first(typed: string): string {
  const [best] = findPhrases(typed, LISTS);
  const named = (side: { display: string } | null | undefined) =>
    side ? (SIDES[side.display] ?? side.display) : "-";
  if (best) return `${named(best.side)} ${best.site.display}`;
  const { text, side } = freeSite(typed, LISTS);
  return `${side ? `${named(side)} ` : ""}text:${text}`;
}

test("there are at least 150 phrases, each once", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(150);
  expect(new Set(CASES.map(([typed]) => typed)).size).toBe(CASES.length);
});

test.each(CASES)("“%s” puts %s first", (typed, right) => {
  expect(right.split(" | ")).toContain(first(typed));
});

test.each(CASES)("nothing that “%s” finds has a side that it can't have", (typed) => {
  for (const { site, side } of findPhrases(typed, LISTS)) if (site.sides === "none") expect(side).toBeNull();
});

test("what lies within which is what an anatomist would say", () => {
  const parts = WITHIN.map(([words, part]) => {
    const displays = LISTS.bodySites.map(({ display }) => display).filter((display) => part.test(display));
    return `${words.join(" ")}: ${displays.join(", ")}`;
  });
  expect(parts).toMatchInlineSnapshot(`
    [
      "hand: Back of hand, Palm, Thenar area of palm, Hypothenar area of palm, Finger, Thumb, Fingernail, Thumbnail, Index fingernail, Middle fingernail, Ring fingernail, Little fingernail",
      "arm: Forearm, Hand, Shoulder, Elbow joint, Antecubital fossa, Back of elbow, Front of forearm, Back of forearm, Wrist, Front of wrist, Back of wrist, Hand (skin), Back of hand, Palm, Thenar area of palm, Hypothenar area of palm, Finger, Thumb, Fingernail, Thumbnail, Index fingernail, Middle fingernail, Ring fingernail, Little fingernail",
      "foot: Heel, Inner heel, Outer heel, Inner edge of sole, Outer edge of sole, Toe, Toenail, Big toenail, Second toenail, Third toenail, Fourth toenail, Fifth toenail",
      "lower leg: Shin, Calf",
      "leg: Thigh, Foot, Front of thigh, Inner thigh, Back of thigh, Knee, Front of knee, Back of knee, Ankle joint, Inner ankle, Outer ankle, Foot (skin), Heel, Inner heel, Outer heel, Inner edge of sole, Outer edge of sole, Toe, Toenail, Big toenail, Second toenail, Third toenail, Fourth toenail, Fifth toenail",
      "ear: Earlobe, Helix of ear, Crus of helix, Tragus, Antitragus, Intertragal notch, Cavity of concha, Ear canal",
      "eye: Eyelid, Upper eyelid, Lower eyelid, Eyelash, Inner corner of eye, Outer corner of eye, Conjunctiva, Cornea, Sclera, Iris",
      "nose: Nasal tip, Nasal sidewall, Nasal ala",
      "mouth: Lip, Upper lip, Lower lip, Upper lip mucosa, Lower lip mucosa, Tongue, Tip of tongue, Gum, Upper gum, Lower gum, Tooth, Palate, Hard palate, Soft palate, Tonsil",
      "face: Forehead, Temple, Eyebrow, Cheek, Nasolabial fold, Perioral area, Philtrum, Chin, Jawline, Nose, Nasal tip, Nasal sidewall, Nasal ala, Eye, Eyelid, Upper eyelid, Lower eyelid, Eyelash, Inner corner of eye, Outer corner of eye, Ear, Earlobe, Helix of ear, Crus of helix, Tragus, Antitragus, Ear canal, Mouth, Lip, Upper lip, Lower lip, Floor of mouth",
      "head scalp: Scalp, Crown of head, Parietal scalp, Occipital scalp, Frontal scalp",
      "chest: Sternal area, Breast, Areola, Nipple",
      "breast: Areola, Nipple",
      "abdomen: Epigastrium, Umbilicus, Suprapubic area",
    ]
  `);
});
