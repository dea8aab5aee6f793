"""Sides, views, types and consent: the choices, and how they are looked up."""

import pytest

from clinicpro_images.terminology.coding import IMAGE_TYPE, IMAGE_VIEW, Coding
from clinicpro_images.terminology.consent import CONSENT_BY, CONSENT_SCOPES
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT, RIGHT, laterality
from clinicpro_images.terminology.types import TYPES, image_type
from clinicpro_images.terminology.views import VIEWS, view


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("24028007", RIGHT),
        ("right", RIGHT),
        ("7771000", LEFT),
        ("Left", LEFT),
        ("51440002", BOTH),
        (" BOTH ", BOTH),
    ],
)
def test_a_side_is_found_by_its_code_or_name(text: str, side: Coding) -> None:
    assert laterality(text) is side


@pytest.mark.parametrize("text", ["", "l", "links", "not applicable", "66459002", "left right"])
def test_an_unknown_side_is_not_guessed(text: str) -> None:
    assert laterality(text) is None


def test_sides_are_offered_right_left_both() -> None:
    assert LATERALITIES == (RIGHT, LEFT, BOTH)


def test_views_are_those_of_the_contract() -> None:
    assert [coding.code for coding in VIEWS] == ["context", "regional", "close-up", "dermoscopy", "other"]
    assert {coding.system for coding in VIEWS} == {IMAGE_VIEW}
    assert [view(coding.code) for coding in VIEWS] == list(VIEWS)
    assert view("Close-up") is None


def test_types_are_those_of_the_contract() -> None:
    assert [coding.code for coding in TYPES] == ["lesion", "rash", "wound", "infection", "other"]
    assert {coding.system for coding in TYPES} == {IMAGE_TYPE}
    assert [image_type(coding.code) for coding in TYPES] == list(TYPES)
    assert image_type("mole") is None


def test_the_code_of_a_view_or_type_is_its_display_in_lower_case_as_the_title_needs_it() -> None:
    for coding in (*VIEWS, *TYPES):
        assert coding.code == coding.display.lower()


def test_consent_is_given_by_patient_guardian_or_nobody_able() -> None:
    assert {term.code: term.display for term in CONSENT_BY} == {
        "patient": "Patient",
        "guardian": "Parent or guardian",
        "unable": "Not able to consent",
    }


def test_consent_covers_the_record_a_referral_or_teaching() -> None:
    assert [term.code for term in CONSENT_SCOPES] == ["record", "referral", "teaching"]
