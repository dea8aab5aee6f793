"""Which side a body site can have, and what a site in free text says of it."""

import pytest

from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import SNOMED, Coding
from clinicpro_images.terminology.laterality import BOTH, LEFT, RIGHT
from clinicpro_images.terminology.sides import contradiction, side_in


def site(display: str) -> Coding:
    return next(each.coding for each in BODY_SITES if each.coding.display == display)


@pytest.mark.parametrize(
    "display", ["Nose", "Umbilicus", "Sternal area", "Anus", "Perineum", "Philtrum", "Crown of head", "Skin"]
)
def test_a_site_in_the_midline_has_no_side(display: str) -> None:
    for side in (LEFT, RIGHT, BOTH):
        assert display in contradiction(site(display), side)
    assert contradiction(site(display), None) == ""


@pytest.mark.parametrize(
    "display", ["Forearm", "Ear", "Abdomen", "Chest", "Lower back", "Scrotum", "Lower lip"]
)
def test_paired_sites_and_those_across_the_midline_take_every_side(display: str) -> None:
    for side in (LEFT, RIGHT, BOTH, None):
        assert contradiction(site(display), side) == ""


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("(R) stump", RIGHT),
        ("L) stump", LEFT),
        ("rt. stump", RIGHT),
        ("stump, lft", LEFT),
        ("bilat. stumps", BOTH),
        ("left and right stumps", BOTH),
        ("stump", None),
        ("ulcer of the brighter part", None),
    ],
)
def test_a_site_in_free_text_may_name_its_side(text: str, side: Coding | None) -> None:
    assert side_in(text) == side


def test_free_text_and_the_chosen_side_must_agree() -> None:
    assert contradiction("(R) stump", LEFT) != ""
    assert contradiction("(R) stump", RIGHT) == ""
    assert contradiction("stump", LEFT) == ""
    assert contradiction("(R) stump", None) == ""
    assert contradiction(None, LEFT) == ""


def test_a_code_that_is_not_listed_is_not_judged() -> None:
    assert contradiction(Coding(SNOMED, "1", "Somewhere"), LEFT) == ""
