"""Which records photos may be filed into."""

from dataclasses import replace

import pytest

from clinicpro_images.records.protocol import PatientRecord, same_id
from clinicpro_images.sessions.errors import LaunchError, RecordInactive, RecordMerged, RecordNameless
from clinicpro_images.sessions.usable_record import check_usable, is_usable

WHOLE = PatientRecord(
    id="a1",
    nhi="ZZZ0016",
    name="Aroha Ngata",
    birth_date="1965-08-07",
    sex="female",
    nhis=frozenset({"ZZZ0016"}),
)


@pytest.mark.parametrize(
    ("patient", "refused"),
    [
        (WHOLE, None),
        (replace(WHOLE, nhi=""), None),
        (replace(WHOLE, birth_date=""), None),
        (replace(WHOLE, replaced_by="A1"), None),
        (replace(WHOLE, replaced_by="b2"), RecordMerged),
        (replace(WHOLE, active=False), RecordInactive),
        (replace(WHOLE, name=""), RecordNameless),
        (replace(WHOLE, nhi="", birth_date=""), RecordNameless),
    ],
)
def test_only_a_current_record_that_says_whose_it_is_is_used(
    patient: PatientRecord, refused: type[LaunchError] | None
) -> None:
    assert is_usable(patient) == (refused is None)
    if refused is not None:
        with pytest.raises(refused):
            check_usable(patient)


def test_ids_are_compared_without_case() -> None:
    assert same_id("14E52E16EDB7A435BFA05E307AFD008B", "14e52e16edb7a435bfa05e307afd008b")
    assert not same_id("14e52e16", "14e52e17")
