// How GPs write where on the body: what was typed, and the side and site that must come first. `-` is no side, `|` another right answer.
// `text:` is what no code exists for: it stays as it was written, without its side.

export const SITE_PHRASES = `
R) forearm → Right Forearm
(R) forearm → Right Forearm
(L) forearm → Left Forearm
L) thigh → Left Thigh
R/ forearm → Right Forearm
L/thigh → Left Thigh
rt. hand → Right Hand
Rt hand → Right Hand
lt hand → Left Hand
lft knee → Left Knee
rgt elbow → Right Elbow joint
bilat hands → Both Hand
both hands → Both Hand
bilateral feet → Both Foot
b/l knees → Both Knee
L + R shins → Both Shin
left and right forearms → Both Forearm
forearm (L) → Left Forearm
forearm, left → Left Forearm
left sided flank → Left Flank
flank L → Left Flank
left hand side of face → Left Face
RIF → Right Lower abdomen
LIF → Left Lower abdomen
RUQ → Right Upper abdomen
luq → Left Upper abdomen
R iliac fossa → Right Lower abdomen
right lower quadrant → Right Lower abdomen
R hypochondrium → Right Upper abdomen
epigastrium → - Epigastrium
umbilicus → - Umbilicus
pito → - Umbilicus
belly button → - Umbilicus
sternum → - Sternal area
nose → - Nose
tip of nose → - Nasal tip
left side of nose → Left Nasal sidewall
R ala nasi → Right Nasal ala
left nostril → Left Nasal ala
bridge of nose → - Nose
perianal → - Anus
anus → - Anus
perineum → - Perineum
axilla → - Axilla
L axilla → Left Axilla
R armpit → Right Axilla
left breast → Left Breast
breast → - Breast
under breast → - Breast
left inframammary → Left Breast
R inframammary fold → Right Breast
lower back → - Lower back
left lower back → Left Lower back
upper back → - Upper back
mid back → - Back
between shoulder blades → - Upper back
L scapula → Left Upper back
R shoulder blade → Right Upper back
sacrum → - Lower back
natal cleft → - Buttock
L buttock → Left Buttock
crotch → - Groin
R groin → Right Groin
left inguinal → Left Groin
second toe → - Second toe
L 2nd toe → Left Second toe
5th toe → - Fifth toe
R big toe → Right Big toe
left hallux → Left Big toe
R great toenail → Right Big toenail
left big toe nail → Left Big toenail
between toes → - Toe
web space → - Finger | - Toe
web space L foot → Left Toe
L index finger → Left Index finger
R 5th finger → Right Little finger
right pinkie → Right Little finger
L thumb → Left Thumb
R thumbnail → Right Thumbnail
left middle finger → Left Middle finger
finger tip → - Finger
dorsum L hand → Left Back of hand
back of the left hand → Left Back of hand
R hand dorsum → Right Back of hand
L palm → Left Palm
palmar right hand → Right Palm
R thenar → Right Thenar area of palm
left wrist → Left Wrist
volar R wrist → Right Front of wrist
ant forearm L → Left Front of forearm
volar forearm → - Front of forearm
R post thigh → Right Back of thigh
posterior left thigh → Left Back of thigh
medial thigh R → Right Inner thigh
L ant thigh → Left Front of thigh
patella → - Front of knee
L patella → Left Front of knee
R kneecap → Right Front of knee
popliteal fossa left → Left Back of knee
R pop fossa → Right Back of knee
back of R knee → Right Back of knee
L ACF → Left Antecubital fossa
R antecubital → Right Antecubital fossa
left shin → Left Shin
R pretibial → Right Shin
L calf → Left Calf
back of left leg → Left Calf
R lower leg → Right Lower leg
L leg → Left Lower limb
R arm → Right Upper limb
L upper arm → Left Upper arm
R deltoid → Right Shoulder
L shoulder → Left Shoulder
left ankle → Left Ankle joint
R lat malleolus → Right Outer ankle
medial malleolus left → Left Inner ankle
R heel → Right Heel
L sole → Left Sole of foot
plantar R foot → Right Sole of foot
left instep → Left Foot
R foot dorsum → Right Dorsum of foot
L achilles → Left Heel
R elbow → Right Elbow joint
L olecranon → Left Back of elbow
neck → - Neck
L neck → Left Neck
back of neck → - Nape of neck
nape → - Nape of neck
R supraclavicular → Right Supraclavicular area
L clavicle → Left Supraclavicular area
chest → - Chest
L chest wall → Left Chest
abdomen → - Abdomen
abdo → - Abdomen
tummy → - Abdomen
L cheek → Left Cheek
R temple → Right Temple
forehead → - Forehead
chin → - Chin
upper lip → - Upper lip
lower lip L → Left Lower lip
inside mouth → - Oral mucosa
tongue → - Tongue
L ear → Left Ear
R antihelix → Right Ear
left helix → Left Helix of ear
behind right ear → Right Postauricular area
R ear lobe → Right Earlobe
L upper eyelid → Left Upper eyelid
R medial canthus → Right Inner corner of eye
left periorbital → Left Periorbital area
eyes → - Eye
R eye → Right Eye
scalp → - Scalp
vertex → - Crown of head
L parietal → Left Parietal scalp
occiput → - Occipital scalp
R jaw → Right Jawline
ringa matau → Right Hand
ringa maui → Left Hand
waewae mauī → Left Lower limb
kanohi → - Face
upoko → - Head
taringa matau → Right Ear
puku → - Abdomen
tuarā → - Back
pokohiwi maui → Left Shoulder
turi matau → Right Knee
l forearm derm mole 1 → Left Forearm
dermoscopy R calf naevus → Right Calf
R shin ulcer → Right Shin
left foot rash → Left Foot
lesion L upper back close-up → Left Upper back
lt forarm → Left Forearm
R sholder → Right Shoulder
L buttuck → Left Buttock
right abdomin → Right Abdomen
BKA stump → text:BKA stump
R stoma site → Right text:stoma site
L) stump → Left text:stump
2nd toe left foot → Left Second toe
big toe R foot → Right Big toe
5th toe, right foot → Right Fifth toe
3rd finger left hand → Left Finger
index finger R hand → Right Index finger
thumb R hand → Right Thumb
heel of left foot → Left Heel
wrist of left arm → Left Wrist
elbow L arm → Left Elbow joint
L ear lobe, left side of face → Left Earlobe
R cheek face → Right Cheek
nose, face → - Nose
calf left leg → Left Calf
shin R lower leg → Right Shin
nipple left breast → Left Nipple
L breast upper outer quadrant → Left Breast
R forearm near elbow → Right Forearm
left lower leg above ankle → Left Lower leg
foot below ankle → - Foot
face near ear → - Face
gums → - Gum
hard palate → - Hard palate
roof of mouth → - Palate
`;
