// What people call places on the body, looked up in the real list: the first hit must be the right one.
import { expect, test } from "vitest";
import { findSites } from "../src/shared/bodySites/find";
import { CAPABILITIES } from "./fakes";
import { listedSites } from "./siteList";

const SITES = listedSites();

/** Typed, then what comes first. */
const WORDS = `
shin → Shin
armpit → Axilla
tummy → Abdomen
belly → Abdomen
belly button → Umbilicus
tummy button → Umbilicus
navel → Umbilicus
bum → Buttock
bottom → Buttock
backside → Buttock
buttocks → Buttock
kneecap → Front of knee
behind the ear → Postauricular area
back of knee → Back of knee
knee pit → Back of knee
funny bone → Elbow joint
elbow → Elbow joint
crook of elbow → Antecubital fossa
ankle → Ankle joint
outer ankle → Outer ankle
calf → Calf
big toe → Big toe
pinky → Little finger
index finger → Index finger
fingertip → Finger
thumb → Thumb
ball of thumb → Thenar area of palm
palm → Palm
knuckles → Hand
sole → Sole of foot
heel → Heel
achilles → Heel
collarbone → Supraclavicular area
breastbone → Sternal area
sternum → Sternal area
shoulder blade → Upper back
small of the back → Lower back
tailbone → Lower back
lumbar → Lower back
love handle → Flank
waist → Flank
groin → Groin
bikini line → Groin
private parts → External genitalia
pubic area → Suprapubic area
testicle → Scrotum
foreskin → Penis
labia → Labium
back passage → Anus
nostril → Nasal ala
tip of nose → Nasal tip
bridge of nose → Nose
cheekbone → Cheek
jaw → Jawline
jowl → Jawline
beard area → Jawline
under the eye → Periorbital area
crow's feet → Periorbital area
eyelid → Eyelid
upper lid → Upper eyelid
ear hole → Ear canal
earlobe → Earlobe
brow → Eyebrow
side of head → Parietal scalp
back of head → Occipital scalp
nape → Nape of neck
scruff → Nape of neck
throat → Oropharynx
roof of mouth → Palate
tongue → Tongue
gum → Gum
gums → Gum
gingiva → Gum
hard palate → Hard palate
uvula → Soft palate
teeth → Tooth
nail → Fingernail
toenail → Toenail
big toenail → Big toenail
thigh → Thigh
hamstring → Back of thigh
quads → Front of thigh
biceps → Upper arm
lower arm → Forearm
arm → Upper limb
leg → Lower limb
ribs → Chest
nipple → Nipple
boob → Breast
hip → Hip
all over → Skin
popliteal → Back of knee
antecubital → Antecubital fossa
volar wrist → Front of wrist
dorsum of hand → Back of hand
axila → Axilla
abdomin → Abdomen
forarm → Forearm
shouldr → Shoulder
buttok → Buttock
`;

const CASES = WORDS.trim()
  .split("\n")
  .map((line) => line.split(" → ") as [string, string]);

test("the whole list is read", () => {
  expect(SITES.length).toBeGreaterThan(150);
  expect(new Set(SITES.map((site) => site.code)).size).toBe(SITES.length);
});

test.each(CASES)("“%s” finds %s first", (typed, display) => {
  const found = findSites(typed, SITES, CAPABILITIES.lateralities);
  expect(found[0]?.site.display).toBe(display);
});

test("a side may come first or last", () => {
  for (const typed of ["left shin", "shin left", "L shin"]) {
    const [best] = findSites(typed, SITES, CAPABILITIES.lateralities);
    expect([best?.site.display, best?.side?.display]).toEqual(["Shin", "Left"]);
  }
});
