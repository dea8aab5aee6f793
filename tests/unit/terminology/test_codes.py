"""Every code has the meaning we give it, according to an independent dictionary: pydicom's SNOMED CT names."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import cast

import pytest
from pydicom.sr._concepts_dict import concepts
from pydicom.sr.codedict import codes

from clinicpro_images.terminology.body_sites import BODY_SITES, BodySite, body_site
from clinicpro_images.terminology.coding import SNOMED
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT, RIGHT

# Where our display text differs from the dictionary's: code, its name, ours. Each pair was reviewed by hand
# and found to mean the same place.
REVIEWED = MappingProxyType(
    {
        # head
        "61719002": ("Skin of vertex of scalp", "Crown of head"),
        "21672008": ("Skin of parietal region", "Parietal scalp"),
        "79951008": ("Skin of occipital region", "Occipital scalp"),
        "16621002": ("Skin of temporal region", "Temple"),
        "110488009": ("Skin of perioral region of face", "Perioral area"),
        # nose
        "79283007": ("Skin of tip of nose", "Nasal tip"),
        "314395006": ("Skin of side of nose", "Nasal sidewall"),
        "68598004": ("Skin of ala nasi", "Nasal ala"),
        # eyes: the medial canthus is the corner at the nose
        "362916000": ("Skin of eye region", "Periorbital area"),
        "27887005": ("Skin of medial canthus", "Inner corner of eye"),
        "37671003": ("Skin of lateral canthus", "Outer corner of eye"),
        # ears
        "2059009": ("Skin of ear lobule", "Earlobe"),
        "45591000": ("Skin of intertragal incisure", "Intertragal notch"),
        "86409001": ("Skin of external auditory canal", "Ear canal"),
        # mouth: what a camera sees of the tongue is its mucosa
        "8001006": ("Mucosa of tongue", "Tongue"),
        "245831007": ("Mucosa of tip of tongue", "Tip of tongue"),
        "36152006": ("Mucosa of floor of mouth", "Floor of mouth"),
        "245814000": ("Mucosa of maxillary gingiva", "Upper gum"),
        "245823002": ("Mucosa of mandibular gingiva", "Lower gum"),
        "75573002": ("palatine tonsil", "Tonsil"),
        # neck and trunk
        "4658004": ("Skin of nuchal region", "Nape of neck"),
        "76072005": ("Skin of supraclavicular region of neck", "Supraclavicular area"),
        "244106003": ("Skin of anterior surface of thorax", "Anterior chest"),
        "244111001": ("Skin of posterior surface of thorax", "Posterior chest"),
        "699915001": ("Skin of lower chest wall", "Lower chest"),
        "699893008": ("Skin of back of upper thoracic region", "Upper back"),
        "30598005": ("Skin of epigastric area", "Epigastrium"),
        "367578008": ("Skin of hypogastric region", "Suprapubic area"),
        "39687006": ("Skin of inguinal region", "Groin"),
        # genitals
        "279478000": ("Male external urethral orifice", "Male urethral opening"),
        "279479008": ("Female external urethral orifice", "Female urethral opening"),
        "76723005": ("Skin of prepuce of clitoris", "Clitoral hood"),
        "18857001": ("Vaginal introitus", "Vaginal opening"),
        # arm: in the anatomical position the palm faces forwards
        "24527008": ("Skin of palmar area of wrist", "Front of wrist"),
        "52876008": ("Skin of dorsal area of wrist", "Back of wrist"),
        "281642007": ("Skin of part of dorsal surface of hand", "Back of hand"),
        "70887009": ("Skin of palm of hand", "Palm"),
        "244169007": ("Skin of digit of hand", "Finger"),
        "770809003": ("Nail unit of finger", "Fingernail"),
        "770810008": ("Nail unit of thumb", "Thumbnail"),
        "770815003": ("Nail unit of index finger", "Index fingernail"),
        "770816002": ("Nail unit of middle finger", "Middle fingernail"),
        "770817006": ("Nail unit of ring finger", "Ring fingernail"),
        "770818001": ("Nail unit of little finger", "Little fingernail"),
        # leg
        "84507004": ("Skin of popliteal fossa", "Back of knee"),
        "25763004": ("Skin of anterior surface of lower leg", "Shin"),
        "47224004": ("Skin of posterior surface of lower leg", "Calf"),
        "52953006": ("Skin of medial border of sole of foot", "Inner edge of sole"),
        "35739000": ("Skin of lateral border of sole of foot", "Outer edge of sole"),
        "770805009": ("Nail unit of toe", "Toenail"),
        "770822006": ("Nail unit of great toe", "Big toenail"),
        "770823001": ("Nail unit of second toe", "Second toenail"),
        "770825008": ("Nail unit of third toe", "Third toenail"),
        "770821004": ("Nail unit of fourth toe", "Fourth toenail"),
        "770820003": ("Nail unit of fifth toe", "Fifth toenail"),
    }
)

# What DICOM has no use for, with the name by which others publish the code: HL7's radiation therapy guide (its map of
# AAPM's TG-263) and SNOMED CT as BioPortal shows it; for the digits, the body sites of Belgium's FHIR referral guide;
# for the foot, FHIR R4's approach site codes, and a Mongolian list of FHIR body sites.
PUBLISHED_ELSEWHERE = MappingProxyType(
    {
        "90228003": "Hard palate structure",
        "72914001": "Palate",
        "113279002": "Gingival structure",
        "83738005": "Index finger structure",
        "65531009": "Middle finger structure",
        "82002001": "Ring finger structure",
        "12406000": "Little finger structure",
        "78883009": "Great toe structure",
        "55078004": "Second toe structure",
        "78132007": "Third toe structure",
        "80349001": "Fourth toe structure",
        "39915008": "Fifth toe structure",
        "2402003": "Structure of dorsum of foot",
        "57999000": "Structure of sole of foot",
    }
)
_OURS_FOR_THESE = MappingProxyType({"Gingival structure": "Gum", "Great toe structure": "Big toe"})

# Words that DICOM and SNOMED CT add to the name of a place without changing it.
_AROUND = frozenset(
    [
        "skin",
        "structure",
        "of",
        "the",
        "body",
        "region",
        "area",
        "surface",
        "aspect",
        "part",
        "portion",
        "proper",
    ]
)
_SAME = MappingProxyType(
    {"anterior": "front", "posterior": "back", "medial": "inner", "lateral": "outer"},
)


@cache
def names() -> Mapping[str, Sequence[str]]:
    """Every SNOMED CT code in the dictionary with its names: DICOM's meanings and SNOMED CT's full names."""
    found: dict[str, list[str]] = {}
    by_keyword = cast("Mapping[str, Mapping[str, tuple[str, Sequence[int]]]]", concepts["SCT"])
    for meanings in by_keyword.values():
        for code, (meaning, _groups) in meanings.items():
            found.setdefault(code, []).append(meaning)
    return MappingProxyType({code: tuple(meanings) for code, meanings in found.items()})


@cache
def dermatology_sites() -> Mapping[str, str]:
    """Code and meaning of the SNOMED CT entries in DICOM's CID 4029, Dermatology Anatomic Sites."""
    return MappingProxyType(
        {
            concept.value: concept.meaning
            for concept in codes.cid4029.concepts.values()
            if concept.scheme_designator == "SCT"
        }
    )


def place(name: str) -> frozenset[str]:
    """The words of a name that identify the place, without order, case and qualifiers."""
    return frozenset(_SAME.get(word, word) for word in re.findall(r"[a-z]+", name.lower())) - _AROUND


def named(site: BodySite) -> str:
    return f"{site.coding.code} {site.coding.display}"


@pytest.mark.parametrize("site", BODY_SITES, ids=named)
def test_a_body_site_is_in_the_dictionary_with_the_same_meaning(site: BodySite) -> None:
    code, display = site.coding.code, site.coding.display
    assert site.coding.system == SNOMED
    if code in PUBLISHED_ELSEWHERE:
        assert code not in names()
        name = PUBLISHED_ELSEWHERE[code]
        assert place(display) == place(_OURS_FOR_THESE.get(name, name))
        return
    assert code in names()
    if code in REVIEWED:
        theirs, ours = REVIEWED[code]
        assert theirs in names()[code]
        assert display == ours
    else:
        assert place(display) in {place(name) for name in names()[code]}


@pytest.mark.parametrize("code", REVIEWED)
def test_the_table_of_reviewed_differences_has_no_unneeded_entry(code: str) -> None:
    site = body_site(code)
    assert site is not None
    assert place(site.coding.display) not in {place(name) for name in names()[code]}


def test_every_snomed_code_of_dicoms_dermatology_sites_is_offered() -> None:
    assert len(dermatology_sites()) == 148
    assert dermatology_sites().keys() <= {site.coding.code for site in BODY_SITES}


def test_a_site_called_skin_is_the_skin_and_its_plain_name_is_the_whole_region() -> None:
    by_display = {site.coding.display: site.coding.code for site in BODY_SITES}
    skins = [display for display in by_display if display.endswith(" (skin)")]
    assert skins
    for skin in skins:
        region = skin.removesuffix(" (skin)")
        assert all("skin" in name.lower() for name in names()[by_display[skin]])
        assert not any("skin" in name.lower() for name in names()[by_display[region]])


@pytest.mark.parametrize(
    ("code", "display"),
    [
        ("40983000", "Upper arm"),  # published lists give forearm
        ("53120007", "Upper limb"),  # published lists give hand
        ("85562004", "Hand"),
        ("14975008", "Forearm"),
        ("56459004", "Foot"),
        ("30021000", "Lower leg"),
        ("68367000", "Thigh"),
        ("41695006", "Scalp"),
        ("89545001", "Face"),
        ("22943007", "Trunk"),
    ],
)
def test_the_regions_that_lists_get_wrong_are_right_here(code: str, display: str) -> None:
    site = body_site(code)
    assert site is not None
    assert site.coding.display == display
    assert display in names()[code]


@pytest.mark.parametrize("code", ["818981001", "816094009"])
def test_scanner_segments_of_the_trunk_are_not_offered_as_abdomen_or_chest(code: str) -> None:
    assert code in names()
    assert body_site(code) is None


def test_sides_have_the_meaning_of_their_display() -> None:
    assert {side.code: side.display for side in LATERALITIES} == {
        "24028007": "Right",
        "7771000": "Left",
        "51440002": "Right and left",
    }
    assert names()[RIGHT.code] == ("Right",)
    assert names()[LEFT.code] == ("Left",)
    assert "Right and left (qualifier value)" in names()[BOTH.code]
    assert {side.system for side in LATERALITIES} == {SNOMED}
