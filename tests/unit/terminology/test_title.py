"""The title a colleague reads beside an image."""

import json
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import SNOMED, Coding
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT, RIGHT
from clinicpro_images.terminology.title import MAX_TITLE, ending, title
from clinicpro_images.terminology.types import LESION, TYPES
from clinicpro_images.terminology.types import OTHER as OTHER_TYPE
from clinicpro_images.terminology.views import CLOSE_UP, DERMOSCOPY, VIEWS
from clinicpro_images.terminology.views import OTHER as OTHER_VIEW


def line(*parts: str) -> str:
    return " \N{EN DASH} ".join(parts)


def where(body_site: str | None, laterality: Coding | None) -> str:
    return title(body_site=body_site, laterality=laterality, type=None, view=None, label=None)


def test_all_details_are_joined_in_order() -> None:
    assert (
        title(body_site="Forearm", laterality=LEFT, type=LESION, view=DERMOSCOPY, label="Mole 1")
        == "Left forearm \u2013 lesion \u2013 dermoscopy \u2013 Mole 1"
    )


LINES = json.loads((Path(__file__).parents[3] / "widget" / "tests" / "recordLines.json").read_text("utf-8"))


@pytest.mark.parametrize("details", LINES, ids=lambda details: details["title"])
def test_the_page_composes_the_same_line(details: dict[str, Any]) -> None:
    site, side = details["bodySite"], details["laterality"]
    assert details["title"] == title(
        body_site=site.get("text") or site["display"],
        laterality=None if side is None else Coding(side["system"], side["code"], side["display"]),
        type=details["type"],
        view=details["view"],
        label=details["label"],
    )


def test_type_and_view_may_be_given_as_codes() -> None:
    assert title(body_site="Hand", laterality=RIGHT, type="wound", view="close-up", label=None) == line(
        "Right hand", "wound", "close-up"
    )


def test_other_is_left_out() -> None:
    assert title(body_site="Back", laterality=None, type=OTHER_TYPE, view=OTHER_VIEW, label="Mole 2") == line(
        "Back", "Mole 2"
    )
    assert title(body_site="Back", laterality=None, type="other", view="other", label="") == "Back"


@pytest.mark.parametrize(
    ("site", "side", "expected"),
    [
        ("Upper eyelid", LEFT, "Left upper eyelid"),
        ("Back of hand", RIGHT, "Back of right hand"),
        ("Front of upper arm", LEFT, "Front of left upper arm"),
        ("Hand", BOTH, "Hand, both sides"),
        ("Front of knee", BOTH, "Front of knee, both sides"),
        ("Hand (skin)", LEFT, "Left hand (skin)"),
        ("Abdomen", None, "Abdomen"),
    ],
)
def test_the_side_is_where_a_clinician_would_put_it(site: str, side: Coding | None, expected: str) -> None:
    assert where(site, side) == expected


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        (None, "below Caesarean scar"),
        (LEFT, "below Caesarean scar (left)"),
        (BOTH, "below Caesarean scar (both sides)"),
    ],
)
def test_free_text_keeps_its_wording_and_capitals(side: Coding | None, expected: str) -> None:
    assert where("below Caesarean scar", side) == expected


def test_without_a_site_the_line_still_starts_with_a_capital() -> None:
    assert title(body_site=None, laterality=None, type=LESION, view=CLOSE_UP, label=None) == line(
        "Lesion", "close-up"
    )
    assert title(body_site=None, laterality=LEFT, type=LESION, view=None, label=None) == line(
        "Left side", "lesion"
    )
    assert where(None, BOTH) == "Both sides"


def test_a_label_alone_stays_as_written() -> None:
    assert title(body_site=None, laterality=None, type=None, view=None, label="iPhone test") == "iPhone test"


def test_without_details_there_is_a_default_title() -> None:
    assert where(None, None) == "Clinical photo"
    assert (
        title(body_site=" \n", laterality=None, type=OTHER_TYPE, view=None, label="\x00") == "Clinical photo"
    )


def test_line_breaks_and_invisible_characters_are_removed_and_macrons_stay() -> None:
    written = "\x00M\u0101ori\r\nname\u202e\u200b\tka\u0304nuka \ud800\x1b[0m"
    assert title(body_site="Neck", laterality=None, type=None, view=None, label=written) == line(
        "Neck", "M\u0101ori name k\u0101nuka [0m"
    )


def test_a_long_label_is_cut_after_a_whole_word() -> None:
    label = "Mole that has been growing since last winter " * 5
    result = title(body_site="Forearm", laterality=LEFT, type=LESION, view=DERMOSCOPY, label=label)
    assert len(result) <= MAX_TITLE
    assert result.startswith(line("Left forearm", "lesion", "dermoscopy", "Mole that has"))
    assert result.endswith("\u2026")
    assert result[:-1].split(" ")[-1] in label.split()


def test_a_line_of_exactly_the_allowed_length_is_not_cut() -> None:
    label = "x" * (MAX_TITLE - len(line("Left forearm", "")))
    result = title(body_site="Forearm", laterality=LEFT, type=None, view=None, label=label)
    assert result == line("Left forearm", label)
    assert len(result) == MAX_TITLE


def test_a_cut_never_leaves_a_dash_or_an_open_bracket_at_the_end() -> None:
    result = title(body_site="Forearm", laterality=LEFT, type=None, view=None, label="x" * 200)
    assert result == "Left forearm\u2026"


@pytest.mark.parametrize("site", ["between the toes and " * 10, "y" * 200])
def test_a_long_free_text_site_is_shortened_before_the_side_type_and_view(site: str) -> None:
    result = title(body_site=site, laterality=RIGHT, type=LESION, view=DERMOSCOPY, label="Mole 1")
    assert len(result) <= MAX_TITLE
    assert result.endswith(line("\u2026 (right)", "lesion", "dermoscopy", "Mole 1"))


def test_an_unknown_side_is_refused_rather_than_guessed() -> None:
    with pytest.raises(ValueError, match="not a side"):
        where("Hand", Coding(SNOMED, "66459002", "Unilateral"))


@pytest.mark.parametrize(
    ("taken", "place", "expected"),
    [
        (datetime(2026, 11, 28, 1, 30, tzinfo=UTC), (3, 3, 1), " – 28 Nov 2026 14:30 (3 of 3)"),
        (datetime(2026, 11, 28, 11, 30, tzinfo=UTC), (1, 1, 1), " – 29 Nov 2026 00:30"),
        (datetime(2026, 7, 4, 21, 5, tzinfo=UTC), (1, 1, 2), " – 5 Jul 2026 09:05, no. 2"),
        (datetime(2026, 7, 4, 21, 5, tzinfo=UTC), (2, 10, 3), " – 5 Jul 2026 09:05, no. 3 (2 of 10)"),
    ],
)
def test_the_ending_says_when_in_auckland_and_which_of_how_many(
    taken: datetime, place: tuple[int, int, int], expected: str
) -> None:
    assert ending(taken, *place) == expected


@pytest.mark.parametrize("limit", [60, 80, 88, 120])
def test_a_shorter_limit_keeps_the_side(limit: int) -> None:
    result = title(
        body_site="between the toes and " * 10,
        laterality=RIGHT,
        type=LESION,
        view=DERMOSCOPY,
        label=None,
        limit=limit,
    )
    assert len(result) <= limit
    assert "(right)" in result


texts = st.none() | st.text() | st.sampled_from([site.coding.display for site in BODY_SITES])


@given(
    body_site=texts,
    laterality=st.sampled_from([None, *LATERALITIES]),
    kind=st.sampled_from([None, *TYPES]),
    view=st.sampled_from([None, *VIEWS]),
    label=texts,
)
def test_any_input_gives_one_short_line_that_names_the_side(
    body_site: str | None,
    laterality: Coding | None,
    kind: Coding | None,
    view: Coding | None,
    label: str | None,
) -> None:
    result = title(body_site=body_site, laterality=laterality, type=kind, view=view, label=label)
    assert 0 < len(result) <= MAX_TITLE
    assert result == result.strip()
    assert not {unicodedata.category(character) for character in result} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    result.encode()
    if laterality is not None:
        assert {LEFT: "left", RIGHT: "right", BOTH: "both sides"}[laterality] in result.lower()
