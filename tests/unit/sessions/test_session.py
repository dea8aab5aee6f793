"""A session: how long it lasts, and what it stores about people."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.sessions.session import (
    Facility,
    Patient,
    Provider,
    Session,
    identity_from_json,
    identity_to_json,
)
from clinicpro_images.sessions.visual_id import VISUAL_IDS

HOUR = 3600.0
LAST_USED = 1_000_000.0
SESSION = Session(
    id="a" * 32,
    patient=Patient("p", "Aroha Tamati", "ZZZ0016", "1965-08-07", "female"),
    provider=Provider("d", "Dr Wiremu Hōhepa"),
    facility=Facility("F2N060-E", "Healthier Care"),
    patient_key="k",
    provider_key="l",
    visual_index=0,
    started_at=LAST_USED - 6 * HOUR,
    active_at=LAST_USED,
    ended_at=None,
)


def test_a_session_ends_an_hour_after_its_last_use_even_after_hours() -> None:
    assert SESSION.expires_at(unfiled=False) == LAST_USED + HOUR
    assert SESSION.is_open(LAST_USED + HOUR - 0.001, unfiled=False)
    assert not SESSION.is_open(LAST_USED + HOUR, unfiled=False)


def test_unfiled_images_keep_it_open_half_an_hour_longer() -> None:
    assert SESSION.expires_at(unfiled=True) == LAST_USED + 1.5 * HOUR
    assert SESSION.is_open(LAST_USED + 1.5 * HOUR - 0.001, unfiled=True)
    assert not SESSION.is_open(LAST_USED + 1.5 * HOUR, unfiled=True)


def test_use_restarts_the_hour() -> None:
    used = replace(SESSION, active_at=LAST_USED + HOUR / 2)
    assert used.is_open(LAST_USED + HOUR, unfiled=False)


@pytest.mark.parametrize("unfiled", [False, True])
def test_a_session_in_use_ends_eight_hours_after_it_began(unfiled: bool) -> None:
    began = SESSION.started_at
    used = replace(SESSION, active_at=began + 7.9 * HOUR)
    assert used.expires_at(unfiled=unfiled) == began + 8 * HOUR
    assert used.is_open(began + 8 * HOUR - 0.001, unfiled=unfiled)
    assert not used.is_open(began + 8 * HOUR, unfiled=unfiled)


def test_an_ended_session_is_closed_at_once_whatever_it_holds() -> None:
    ended = replace(SESSION, ended_at=LAST_USED)
    assert not ended.is_open(LAST_USED, unfiled=True)


def test_a_visual_id_stored_by_a_version_with_more_of_them_still_shows_one() -> None:
    assert replace(SESSION, visual_index=len(VISUAL_IDS) + 3).visual_id == VISUAL_IDS[3]


people = st.text(alphabet=st.characters(codec="utf-8"))


@given(
    st.builds(Patient, people, people, people, people, people),
    st.builds(Provider, people, people),
    st.builds(Facility, people, people),
)
def test_people_are_read_from_storage_unchanged(
    patient: Patient, provider: Provider, facility: Facility
) -> None:
    assert identity_from_json(identity_to_json(patient, provider, facility)) == (patient, provider, facility)
