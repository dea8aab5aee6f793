// Synonyms that say more than the site they find: the sacrum is a part of the lower back. What was typed stays as the label.
import { telling, wordsOf } from "./words";

const NARROWER = [
  "sacrum, sacral, coccyx, tailbone, lumbosacral, presacral, sacroiliac, sij",
  "natal, gluteal cleft, intergluteal, ischial, ischium, sit bone",
  "inframammary, submammary, under breast, below breast, breast fold, quadrant of breast",
  "scapula, scapular, scapulae, shoulder blade, suprascapular, subscapular",
  "mcp, mcpj, mtp, mtpj, pip, pipj, dip, dipj, interphalangeal joint, knuckle, metatarsal, metatarsal head",
  "web, interdigital, between finger, between toe, pulp, finger tip, toe tip",
  "snuffbox, snuff box, acromion, acromial, acromioclavicular, ac joint, deltoid, epicondyle",
  "scaphoid, trapezius, metacarpal, radial head, humeral head, femoral head, fibular head, fibula",
  "trochanter, greater trochanter, iliac crest, achilles, gaiter",
  "foreskin, prepuce, testis, testicle, fourchette, uvula, columella, antihelix, anti helix",
  "mastoid, glabella, vermilion, tmj, parotid, sternal notch, suprasternal, thyroid",
  "xiphisternum, panniculus, apron, caesarean, c section, lscs, sternocleidomastoid, sternomastoid, scm, clavicle, collarbone, corner of mouth, angle of mouth, commissure",
  "subconjunctival, conjunctivitis, pterygium, stye, chalazion, cheilitis, gingivitis, tonsillitis, goitre",
  "tinea, athletes foot, parasternal, intercostal, coccygeal, sacrococcygeal, pilonidal, gynaecomastia",
  "haemorrhoid, piles, balanitis, bunion, zygomatic, mandibular",
  "septum, vestibule, lacrimal, laparotomy, craniotomy, boxers fracture, sternotomy, pacemaker, ppm, mastectomy",
  "lumpectomy, appendix, appendicectomy, pfannenstiel, cholecystectomy, thyroidectomy, tracheostomy, nephrectomy",
  "episiotomy, circumcision, vasectomy, carpal tunnel, thr, tkr",
  "ball of foot, arch of foot, instep, forefoot, midfoot, cuticle, nail fold, periungual, subungual",
]
  .join(", ")
  .split(", ")
  .map((text) => telling(wordsOf(text)).map(({ word }) => word));

const saysMore = (synonym: readonly string[]) =>
  NARROWER.some((words) => words.every((word) => synonym.includes(word)));

/** The compared words of a synonym that a site's name doesn't say: "knuckle of hand" is a knuckle beside *Hand*. */
export function saidBeside(synonym: readonly string[], display: readonly string[]): readonly string[] {
  const others = synonym.filter((word) => !display.includes(word));
  if (saysMore(others)) return others;
  return saysMore(synonym) ? synonym : [];
}
