// Each of the phrases puts the right site and side first; none contradicts, and nothing is left uncoded that has a code.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { WITHIN } from "../src/shared/bodySites/around";
import { findPhrases, freeSite } from "../src/shared/bodySites/phrase";
import { splitWords } from "../src/shared/bodySites/sides";
import { CAPABILITIES } from "./fakes";
import { listedSites } from "./siteList";
import { SITE_PHRASES } from "./sitePhrases";

const LISTS = { bodySites: listedSites(), lateralities: CAPABILITIES.lateralities };
const SIDES: Record<string, string> = { "Right and left": "Both" };

const MORE = readFileSync(new URL("gpPhrases.txt", import.meta.url), "utf8").replace(/^#.*\n/gm, "");

const casesOf = (list: string) =>
  list
    .trim()
    .split("\n")
    .map((line) => line.split(" → ") as [string, string]);
const CASES = [...casesOf(SITE_PHRASES), ...casesOf(MORE)];

function first(typed: string): string {
  const [best] = findPhrases(typed, LISTS);
  const named = (side: { display: string } | null | undefined) =>
    side ? (SIDES[side.display] ?? side.display) : "-";
  if (best) return `${named(best.side)} ${best.site.display}`;
  const { text, side } = freeSite(typed, LISTS);
  return `${side ? `${named(side)} ` : ""}text:${text}`;
}

test("there are at least 800 phrases, each once", () => {
  expect(CASES.length).toBeGreaterThanOrEqual(800);
  expect(new Set(CASES.map(([typed]) => typed)).size).toBe(CASES.length);
});

test.each(CASES)("“%s” puts %s first", (typed, right) => {
  expect(right.split(" | ")).toContain(first(typed));
});

test.each(CASES)("nothing that “%s” finds has a side that it can't have", (typed) => {
  for (const { site, side } of findPhrases(typed, LISTS)) if (site.sides === "none") expect(side).toBeNull();
});

/** Typed, and the label that is left over: what the code doesn't say stays as it was written. */
test.each([
  ["?SCC L pinna", "?SCC"],
  ["? BCC L cheek", "?BCC"],
  ["mole 2.5cm L back", "Mole 2.5cm"],
  ["burn L hand 6/52", "Burn 6/52"],
  ["h/o melanoma R calf", "H/o melanoma"],
  ["r/v mole L back", "R/v mole"],
  ["post op wound R knee", "Post op"],
  ["skin tag L axilla", "Skin tag"],
  ["history of melanoma L ear", "History of melanoma"],
  ["L 1st MTP", "1st MTP"],
  ["R 2nd MCP", "2nd MCP"],
  ["web space 1/2", "Web space 1/2"],
  ["under left breast", "Under breast"],
  ["sacrum", "Sacrum"],
  ["natal cleft", "Natal cleft"],
  ["knuckles R hand", "Knuckles"],
  ["corner of mouth", "Corner of mouth"],
  ["crown hair loss", "Hair loss"],
  ["Lt. cheek, 2cm below eye", "2cm below eye"],
  ["L medial malleolus", ""],
  ["l forearm derm mole 1", "Mole 1"],
])("“%s” leaves “%s” as the label", (typed, label) => {
  expect(findPhrases(typed, LISTS)[0]?.label).toBe(label);
});

test("what is too long for a label is cut after a word, and whole in the notes", () => {
  const story = "scaly patch that has been there for many weeks since the summer holidays by the sea";
  const [best] = findPhrases(`L shin ${story}`, LISTS);
  expect(best?.site.display).toBe("Shin");
  expect(best?.label).toBe("Scaly patch that has been there for many weeks since the…");
  expect(best?.notes.toLowerCase()).toBe(story);
  expect(findPhrases("L shin mole 1", LISTS)[0]?.notes).toBe("");
});

test.each([
  ["rigth BKA stump", "BKA stump", "Right"],
  ["stump mauī", "stump", "Left"],
  ["b/l stumps", "stumps", "Both"],
])("the side of “%s” leaves “%s”", (typed, text, side) => {
  const free = freeSite(typed, LISTS);
  expect([free.text, SIDES[free.side?.display ?? ""] ?? free.side?.display]).toEqual([text, side]);
});

test.each(["lift", "light", "bath", "rig"])("“%s” is no side", (word) => {
  expect(splitWords(word).side).toBeNull();
});

test("what lies within which is what an anatomist would say", () => {
  const parts = WITHIN.map(([words, part]) => {
    const displays = LISTS.bodySites.map(({ display }) => display).filter((display) => part.test(display));
    return `${words.join(" ")}: ${displays.join(", ")}`;
  });
  expect(parts).toMatchInlineSnapshot(`
    [
      "hand ringa ringaringa: Back of hand, Palm, Thenar area of palm, Hypothenar area of palm, Finger, Thumb, Index finger, Middle finger, Ring finger, Little finger, Fingernail, Thumbnail, Index fingernail, Middle fingernail, Ring fingernail, Little fingernail",
      "arm ringa: Forearm, Hand, Shoulder, Elbow joint, Antecubital fossa, Back of elbow, Front of forearm, Back of forearm, Wrist, Front of wrist, Back of wrist, Hand (skin), Back of hand, Palm, Thenar area of palm, Hypothenar area of palm, Finger, Thumb, Index finger, Middle finger, Ring finger, Little finger, Fingernail, Thumbnail, Index fingernail, Middle fingernail, Ring fingernail, Little fingernail",
      "foot waewae: Sole of foot, Heel, Inner heel, Outer heel, Inner edge of sole, Outer edge of sole, Toe, Big toe, Second toe, Third toe, Fourth toe, Fifth toe, Toenail, Big toenail, Second toenail, Third toenail, Fourth toenail, Fifth toenail",
      "lower leg: Shin, Calf",
      "leg waewae: Thigh, Foot, Front of thigh, Inner thigh, Back of thigh, Knee, Front of knee, Back of knee, Ankle joint, Inner ankle, Outer ankle, Foot (skin), Dorsum of foot, Sole of foot, Heel, Inner heel, Outer heel, Inner edge of sole, Outer edge of sole, Toe, Big toe, Second toe, Third toe, Fourth toe, Fifth toe, Toenail, Big toenail, Second toenail, Third toenail, Fourth toenail, Fifth toenail",
      "ear taringa: Earlobe, Helix of ear, Crus of helix, Tragus, Antitragus, Intertragal notch, Cavity of concha, Ear canal",
      "eye karu: Eyelid, Upper eyelid, Lower eyelid, Eyelash, Inner corner of eye, Outer corner of eye, Conjunctiva, Cornea, Sclera, Iris",
      "nose ihu: Nasal tip, Nasal sidewall, Nasal ala",
      "mouth waha: Lip, Upper lip, Lower lip, Upper lip mucosa, Lower lip mucosa, Tongue, Tip of tongue, Gum, Upper gum, Lower gum, Tooth, Palate, Hard palate, Soft palate, Tonsil",
      "face kanohi: Forehead, Temple, Eyebrow, Cheek, Nasolabial fold, Perioral area, Philtrum, Chin, Jawline, Nose, Nasal tip, Nasal sidewall, Nasal ala, Eye, Eyelid, Upper eyelid, Lower eyelid, Eyelash, Inner corner of eye, Outer corner of eye, Ear, Earlobe, Helix of ear, Crus of helix, Tragus, Antitragus, Ear canal, Mouth, Lip, Upper lip, Lower lip, Floor of mouth",
      "head scalp upoko mahunga: Scalp, Crown of head, Parietal scalp, Occipital scalp, Frontal scalp",
      "back tuara: Flank, Upper back, Posterior chest, Lower back",
      "hair: Scalp, Crown of head, Parietal scalp, Occipital scalp, Frontal scalp, Eyebrow, Chin, Axilla, Suprapubic area",
      "chest poho: Sternal area, Breast, Areola, Nipple",
      "breast u: Areola, Nipple",
      "abdomen puku: Epigastrium, Umbilicus, Suprapubic area",
    ]
  `);
});
