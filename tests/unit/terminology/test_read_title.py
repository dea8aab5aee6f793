"""Titles of our own form are read back; other systems' titles are left alone."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.resources import file_name
from clinicpro_images.terminology.body_sites import BODY_SITES, BodySite
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.laterality import LATERALITIES, LEFT
from clinicpro_images.terminology.read_title import read_title
from clinicpro_images.terminology.title import title
from clinicpro_images.terminology.types import LESION, TYPES, WOUND
from clinicpro_images.terminology.types import OTHER as OTHER_TYPE
from clinicpro_images.terminology.views import CLOSE_UP, DERMOSCOPY, VIEWS
from clinicpro_images.terminology.views import OTHER as OTHER_VIEW

LABELS = st.sampled_from(["", "Mole 1", "Mole 12", "whakapapa naevus", "ulcer, medial edge"])


@given(
    site=st.sampled_from(BODY_SITES),
    side=st.sampled_from([None, *LATERALITIES]),
    kind=st.sampled_from([None, *TYPES]),
    view=st.sampled_from([None, *VIEWS]),
    label=LABELS,
)
def test_what_is_written_can_be_read_back(
    site: BodySite, side: Coding | None, kind: Coding | None, view: Coding | None, label: str
) -> None:
    coding = site.coding
    line = title(body_site=coding.display, laterality=side, type=kind, view=view, label=label)
    for written in (line, file_name(line, "image/tiff")):
        read = read_title(written)
        assert read is not None
        assert (read.body_site, read.laterality) == (coding, side)
        assert read.type == (None if kind == OTHER_TYPE else kind)
        assert read.view == (None if view == OTHER_VIEW else view)
        assert read.label == label
        assert read.taken is None


def test_no_two_codes_begin_a_title_alike() -> None:
    begins = [
        title(body_site=site.coding.display, laterality=side, type=None, view=None, label=None).casefold()
        for site in BODY_SITES
        for side in (None, *LATERALITIES)
    ]
    assert len(begins) == len(set(begins))


@pytest.mark.parametrize(
    "line",
    [
        "Left forearm \N{EN DASH} lesion \N{EN DASH} dermoscopy \N{EN DASH} Mole 1 \N{EN DASH} 28 Nov 2026 14:30 (3 of 3)",
        "Left forearm - lesion - dermoscopy - Mole 1 - 28 Nov 2026 14 30 (3 of 3).tiff",
    ],
)
def test_the_date_and_the_position_in_a_set_are_not_the_label(line: str) -> None:
    read = read_title(line)
    assert read is not None
    assert (read.laterality, read.type, read.view, read.label) == (LEFT, LESION, DERMOSCOPY, "Mole 1")
    assert read.taken is not None
    assert read.taken.astimezone(UTC) == datetime(2026, 11, 28, 1, 30, tzinfo=UTC)


def test_a_site_in_free_text_keeps_its_words_and_its_side() -> None:
    read = read_title("below the scar (left) \N{EN DASH} wound \N{EN DASH} close-up")
    assert read is not None
    assert (read.body_site, read.laterality, read.type, read.view) == (
        "below the scar",
        LEFT,
        WOUND,
        CLOSE_UP,
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "Clinical photo",
        "Letter from hospital",
        "Referral - dermatology - urgent",
        "IMG_2041.jpg",
        "ECG 12 Nov 2025",
        "Leftover forearm stitches",
        "Discharge summary \N{EN DASH} 28 Nov 2026",
    ],
)
def test_other_titles_are_not_guessed_at(line: str) -> None:
    assert read_title(line) is None


@given(st.text(max_size=200))
def test_no_text_is_an_error(line: str) -> None:
    read_title(line)


def test_an_impossible_date_is_part_of_the_label() -> None:
    read = read_title("Forearm \N{EN DASH} lesion \N{EN DASH} 31 Feb 2026")
    assert read is not None
    assert (read.label, read.taken) == ("31 Feb 2026", None)
