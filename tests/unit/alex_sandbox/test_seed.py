"""The seed: fictional people with valid NHIs, and clear errors for a file that can't be used."""

import json
from pathlib import Path

import pytest
from nhi import is_nhi

from alex_sandbox.seed import SeedError, load_seed


def test_every_fictional_nhi_starts_with_z_and_is_valid() -> None:
    for facility in load_seed(None).facilities.values():
        for patient in facility.patients:
            assert patient.nhi.startswith("Z")
            assert is_nhi(patient.nhi, allow_test_values=True), patient.nhi


def test_the_uat_facility_is_as_observed() -> None:
    facility = load_seed(None).facilities["F2N060-E"]
    assert (facility.name, facility.organisation, facility.connected) == ("Healthier Care", "G99999-J", True)
    assert facility.locations[0].id == "fab8a5ac1c4e5706198e1b493950fb74"
    assert len(facility.practitioners) == 4
    patient = facility.patient("14e52e16edb7a435bfa05e307afd008b")
    assert patient is not None
    assert patient.nhi == "ZZZ0016"


def test_ids_are_unique_across_facilities() -> None:
    ids: list[str] = []
    for facility in load_seed(None).facilities.values():
        ids += [patient.id for patient in facility.patients]
        ids += [practitioner.id for practitioner in facility.practitioners]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "Expecting"),
        ("{}", "'facilities' is missing"),
        ('{"facilities": []}', "there is no facility"),
        ('{"facilities": [{"name": "x"}]}', "'id' is missing"),
        ('{"facilities": [{"id": "F", "name": "x", "practitioners": []}]}', "F has no practitioner"),
        (
            json.dumps({"facilities": [{"id": "F", "name": "x", "locations": [{"id": "1", "name": "n"}]}]}),
            "32 hex digits",
        ),
    ],
)
def test_an_unusable_file_is_explained_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "seed.json"
    file.write_text(content)
    with pytest.raises(SeedError, match=message) as raised:
        load_seed(file)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="No such file"):
        load_seed(tmp_path / "nowhere.json")
