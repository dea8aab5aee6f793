// Which places lie within which: "thumb of the right hand" names the thumb, and where to look for it.

/** Compared words that name the whole, and what its parts are called in the list. */
export const WITHIN: readonly (readonly [words: readonly string[], parts: RegExp])[] = [
  [["hand", "ringa", "ringaringa"], /finger|thumb|palm|of hand/i],
  [["arm", "ringa"], /shoulder|elbow|cubital|forearm|wrist|hand|finger|thumb|palm/i],
  [["foot", "waewae"], /toe|heel|sole/i],
  [["lower", "leg"], /shin|calf/i],
  [["leg", "waewae"], /thigh|knee|ankle|foot|toe|heel|sole/i],
  [["ear", "taringa"], /earlobe|helix|tragus|tragal|concha|ear canal/i],
  [["eye", "karu"], /^eyel|lid$|corner of eye|junctiva|cornea|sclera|iris/i],
  [["nose", "ihu"], /^nasal/i],
  [["mouth", "waha"], /\blip|tongue|gum|palate|tonsil|tooth/i],
  [
    ["face", "kanohi"],
    /forehead|temple|eye|cheek|^nas|^nose|oral area|philtrum|chin$|jaw|^ear|helix|tragus|mouth|lip$/i,
  ],
  [["head", "scalp", "upoko", "mahunga"], /scalp$|crown/i],
  [["back", "tuara"], /^(upper|lower) back$|^flank$|^posterior chest$/i],
  [["hair"], /scalp$|crown|eyebrow|chin$|axilla|suprapubic/i],
  [["chest", "poho"], /breast|areola|nipple|sternal/i],
  [["breast", "u"], /areola|nipple/i],
  [["abdomen", "puku"], /umbilicus|epigastrium|suprapubic/i],
];

/** "Above", "near", "to": what follows isn't what the place lies in. */
const BESIDE =
  /^(above|under|over|near|beside|adjacent|next|proximal|distal|towards?|between|by|from|junction)$/;

/** The words that only say what a place lies in. */
export const wordsAround = (display: string): ReadonlySet<string> =>
  new Set(WITHIN.flatMap(([words, parts]) => (parts.test(display) ? words : [])));

export const isBeside = ({ word }: { word: string }) => BESIDE.test(word);
