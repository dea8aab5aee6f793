"""Details: a patch changes only what it names, and storage returns what was stored."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from clinicpro_images.images.details import DetailsPatch, apply, details_from_json, details_to_json
from clinicpro_images.images.errors import DetailsError
from clinicpro_images.images.image import BodySiteText, Consent, Details
from clinicpro_images.terminology.body_sites import BODY_SITES
from clinicpro_images.terminology.coding import SNOMED
from clinicpro_images.terminology.laterality import BOTH, LATERALITIES, LEFT

NOW = datetime(2026, 11, 20, tzinfo=UTC).timestamp()
UNSEEN = "\u034f\u115f\u1160\u17b4\u3164\uffa0\u2800\ufffc\u200b\u2060\U000e0041\U0001d159"
"""Letters, marks, symbols and formatting that show nothing."""
words = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
details = st.builds(
    Details,
    taken_at=st.floats(min_value=0, max_value=NOW),
    body_site=st.none()
    | st.sampled_from([site.coding for site in BODY_SITES])
    | st.builds(BodySiteText, words),
    laterality=st.none() | st.sampled_from(LATERALITIES),
    view=st.sampled_from([None, "context", "dermoscopy", "other"]),
    type=st.sampled_from([None, "lesion", "rash", "other"]),
    label=words,
    notes=words,
    consent=st.none()
    | st.builds(
        Consent,
        st.sampled_from(["patient", "guardian", "unable"]),
        st.sampled_from(["record", "referral", "teaching"]),
    ),
    sensitive=st.booleans(),
)
FULL = Details(
    taken_at=NOW - 60,
    body_site=BODY_SITES[0].coding,
    laterality=LEFT,
    view="dermoscopy",
    type="lesion",
    label="Mole 1",
    notes="Since March",
    consent=Consent("patient", "record"),
    sensitive=True,
)


def patched(before: Details = FULL, **members: Any) -> Details:
    return apply(DetailsPatch.model_validate(members), before, now=NOW)


@given(details)
def test_details_round_trip_through_storage(kept: Details) -> None:
    assert details_from_json(details_to_json(kept)) == kept


@given(details)
def test_an_empty_patch_changes_nothing(kept: Details) -> None:
    assert patched(kept) == kept


@given(details)
def test_null_clears_every_member_and_the_date_becomes_now(kept: Details) -> None:
    names = (
        "bodySite",
        "laterality",
        "view",
        "type",
        "label",
        "notes",
        "consent",
        "sensitive",
        "takenAt",
    )
    assert patched(kept, **dict.fromkeys(names)) == Details(taken_at=NOW)


@given(details, words)
def test_a_patch_changes_only_what_it_names(kept: Details, label: str) -> None:
    assert replace(patched(kept, label=label), label=kept.label) == kept


@given(details)
def test_applying_a_patch_is_idempotent(kept: Details) -> None:
    patch: dict[str, Any] = {
        "label": "Mole 2",
        "bodySite": {"text": "behind the ear"},
        "laterality": "both",
        "takenAt": "2026-11-19T09:30:00+13:00",
    }
    once = patched(kept, **patch)
    assert patched(once, **patch) == once
    assert (once.body_site, once.laterality) == (BodySiteText("behind the ear"), BOTH)


def test_a_body_site_is_identified_by_its_code_and_gets_the_lists_display() -> None:
    site = BODY_SITES[0].coding
    assert patched(bodySite={"code": site.code, "display": site.display.upper()}).body_site == site
    with pytest.raises(DetailsError, match="don't mean the same"):
        patched(bodySite={"code": site.code, "display": "Something else"})
    assert patched(bodySite={"system": SNOMED, "code": site.code}).body_site == site


@pytest.mark.parametrize("side", ["left", "LEFT", {"code": LEFT.code}, {"system": SNOMED, "code": LEFT.code}])
def test_a_side_is_a_name_or_a_code(side: object) -> None:
    assert patched(Details(taken_at=NOW), laterality=side).laterality == LEFT


def test_a_time_with_a_zone_is_kept_as_the_same_instant() -> None:
    taken = patched(takenAt="2026-11-20T09:30:00+13:00").taken_at
    assert datetime.fromtimestamp(taken, UTC) == datetime(2026, 11, 19, 20, 30, tzinfo=UTC)


def test_a_date_slightly_in_the_future_counts_as_now() -> None:
    ahead = datetime.fromtimestamp(NOW + 100, UTC).isoformat()
    assert patched(takenAt=ahead).taken_at == NOW


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_blank_and_changes_no_text(unseen: str) -> None:
    blank = patched(label=unseen, notes=f"{unseen}\n {unseen}")
    assert (blank.label, blank.notes, blank.title) == ("", "", patched(label="").title)
    typed = patched(label=f"Mole 7{unseen}", notes=f"{unseen}Grown.", bodySite={"text": f"Nape{unseen}"})
    assert (typed.label, typed.notes, typed.body_site_text) == ("Mole 7", "Grown.", "Nape")


@pytest.mark.parametrize("seen", ["❤\ufe0f", "葛\U000e0100", "\u0645\u06cc\u200c\u062e", "⠃", "한글", "é"])
def test_what_chooses_a_shape_or_can_be_seen_stays(seen: str) -> None:
    assert patched(label=seen, notes=seen).label == patched(notes=seen).notes == seen


@pytest.mark.parametrize(
    "members",
    [
        {"bodySite": {"code": "999999999"}},
        {"bodySite": {"system": "http://loinc.org", "code": BODY_SITES[0].coding.code}},
        {"bodySite": {}},
        {"bodySite": {"text": " \t "}},
        *({"bodySite": {"text": f"{unseen}{unseen}"}} for unseen in UNSEEN),
        {"laterality": "upwards"},
        {"laterality": ""},
        {"laterality": {}},
        {"laterality": {"system": "http://loinc.org", "code": LEFT.code}},
        {"takenAt": datetime.fromtimestamp(NOW + 121, UTC).isoformat()},
        {"takenAt": "1899-12-31T00:00:00Z"},
    ],
)
def test_implausible_values_are_refused_with_a_sentence(members: dict[str, Any]) -> None:
    with pytest.raises(DetailsError) as caught:
        patched(**members)
    assert caught.value.detail.endswith(".")


@pytest.mark.parametrize(
    "members",
    [
        {"label": "x" * 61},
        {"notes": "x" * 2001},
        {"bodySite": {"text": "x" * 121}},
        {"view": "sideways"},
        {"sensitive": 1},
        {"takenAt": "2026-11-20T09:30:00"},
        {"takenAt": 0},
        {"takenAt": -1e12},
        {"takenAt": 1_763_000_000_000},
        {"takenAt": "1763000000"},
        {"takenAt": True},
        {"state": "committed"},
        {"consent": {"by": "patient"}},
    ],
)
def test_invalid_members_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        patched(**members)
