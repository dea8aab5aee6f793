"""Parsing: patients, practitioners, locations and launch contexts from whatever ALEX sends."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.records.alex.bundle import entries
from clinicpro_images.records.alex.records import (
    HPI_FACILITY_SYSTEM,
    NHI_SYSTEM,
    location_record,
    parse_launch_context,
    without_replaced,
)
from clinicpro_images.records.alex.records import patient_record as patient_record_at
from clinicpro_images.records.alex.records import practitioner_record as practitioner_record_at

NOW = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
patient_record = partial(patient_record_at, now=NOW)
practitioner_record = partial(practitioner_record_at, now=NOW)


def a_patient(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": "14e52e16edb7a435bfa05e307afd008b",
        "identifier": [{"system": NHI_SYSTEM, "value": "ZZZ0016", "use": "official"}],
        "name": [
            {
                "use": "official",
                "family": "TESTING",
                "given": ["UNRELATED STRING", "SECOND STRING"],
                "prefix": ["MR"],
            }
        ],
        "gender": "male",
        "birthDate": "1965-08-07",
        **more,
    }


def test_a_patient_is_read_with_every_given_name() -> None:
    patient = patient_record(a_patient())
    assert patient.name == "UNRELATED STRING SECOND STRING TESTING"
    assert (patient.id, patient.nhi) == ("14e52e16edb7a435bfa05e307afd008b", "ZZZ0016")
    assert (patient.birth_date, patient.sex, patient.active) == ("1965-08-07", "male", True)


def test_the_official_name_comes_before_any_other() -> None:
    names = [
        {"use": "maiden", "family": "Old"},
        {"use": "nickname", "given": ["Nick"]},
        {"use": "official", "given": ["Aroha"], "family": "Ngata"},
    ]
    assert patient_record(a_patient(name=names)).name == "Aroha Ngata"


def test_a_name_that_is_only_text_is_used_unchanged() -> None:
    assert patient_record(a_patient(name=[{"text": " Aroha Ngata "}])).name == "Aroha Ngata"


def test_missing_parts_are_left_empty() -> None:
    patient = patient_record({"resourceType": "Patient", "id": "a"})
    assert (patient.nhi, patient.name, patient.birth_date, patient.sex) == ("", "", "", "unknown")


def test_a_retired_nhi_is_known_but_not_shown() -> None:
    identifiers = [
        {"system": NHI_SYSTEM, "value": "ZZZ0024", "use": "old"},
        {"system": NHI_SYSTEM, "value": "zzz0016"},
        {"system": "urn:other", "value": "1"},
    ]
    patient = patient_record(a_patient(identifier=identifiers))
    assert patient.nhi == "ZZZ0016"
    assert patient.nhis == {"ZZZ0016", "ZZZ0024"}


def test_another_resource_is_no_patient() -> None:
    with pytest.raises(ValueError, match="not a Patient"):
        patient_record({"resourceType": "OperationOutcome", "id": "a"})


@pytest.mark.parametrize(
    ("period", "valid"),
    [
        ({"end": "2020"}, False),
        ({"end": "2026"}, True),
        ({"end": "2026-11-20"}, True),
        ({"end": "2026-11-19T12:00:00Z"}, False),
        ({"start": "2026-11-21"}, False),
        ({"start": "2026-11", "end": "2027-01"}, True),
        ({"end": "someday"}, True),
        ("2020", True),
    ],
)
def test_a_name_and_an_nhi_count_only_within_their_period(period: Any, *, valid: bool) -> None:
    names = [
        {"use": "official", "family": "Ngata", "given": ["Aroha"], "period": period},
        {"use": "usual", "family": "Smith", "given": ["Aroha"]},
    ]
    identifiers = [
        {"system": NHI_SYSTEM, "value": "ZZZ0016", "use": "official", "period": period},
        {"system": NHI_SYSTEM, "value": "ZZZ0024"},
    ]
    patient = patient_record(a_patient(name=names, identifier=identifiers))
    assert patient.name == ("Aroha Ngata" if valid else "Aroha Smith")
    assert patient.nhi == ("ZZZ0016" if valid else "ZZZ0024")
    assert patient.nhis == {"ZZZ0016", "ZZZ0024"}


def test_a_name_has_no_characters_that_hide_or_turn_round_what_it_says() -> None:
    name = [{"family": "Nga\u202eta\u0000 ", "given": ["\u200b", "Aro\u2060ha\nMere"]}]
    assert patient_record(a_patient(name=name)).name == "Aroha Mere Ngata"
    assert patient_record(a_patient(name=[{"text": "\u2066Tāne\u2069 Ngata"}])).name == "Tāne Ngata"
    assert patient_record(a_patient(name=[{"family": "\u200b", "given": ["\u202e"]}])).name == ""


@pytest.mark.parametrize(("said", "active"), [(False, False), ("false", False), ("True", True), (None, True)])
def test_a_record_is_inactive_also_if_that_is_said_in_quotes(said: Any, *, active: bool) -> None:
    assert patient_record(a_patient(active=said)).active == active


@pytest.mark.parametrize(
    "system",
    [f"{NHI_SYSTEM}/", NHI_SYSTEM.upper(), NHI_SYSTEM.replace("https:", "http:"), f" {NHI_SYSTEM} "],
)
def test_the_nhi_is_known_by_its_system_however_that_is_written(system: str) -> None:
    patient = patient_record(a_patient(identifier=[{"system": system, "value": "zzz 0016"}]))
    assert patient.nhi == "ZZZ0016"
    other = patient_record(a_patient(identifier=[{"system": f"{NHI_SYSTEM}-old", "value": "ZZZ0016"}]))
    assert other.nhi == ""


def test_a_name_whose_parts_say_less_than_its_text_is_its_text() -> None:
    nurse = {
        "resourceType": "Practitioner",
        "id": "a",
        "name": [{"text": "Nurse Medtech", "family": "Medtech"}],
    }
    assert practitioner_record(nurse).name == "Nurse Medtech"


@pytest.mark.parametrize("fold", [0, 1])
def test_a_launch_in_the_repeated_hour_is_read_both_ways(fold: int) -> None:
    now = datetime(2026, 4, 4, 13 + fold, 31, tzinfo=UTC)
    body = json.dumps({"facilityCode": "F2N060-E", "createdTime": "2026-04-05T02:30:00"})
    assert now - parse_launch_context(body, now=now).created_time == timedelta(minutes=1)


def test_a_merged_record_is_dropped_only_if_its_target_is_in_the_list() -> None:
    old = patient_record(
        a_patient(
            id="old", active=False, link=[{"type": "replaced-by", "other": {"reference": "Patient/new"}}]
        )
    )
    new = patient_record(a_patient(id="new"))
    assert old.replaced_by == "new"
    assert without_replaced([old, new]) == [new]
    assert without_replaced([old]) == [old]


def test_two_unmerged_records_stay_two_although_one_is_inactive() -> None:
    two = [patient_record(a_patient(id="a")), patient_record(a_patient(id="b", active=False))]
    assert without_replaced(two) == two


def test_the_same_record_twice_is_one() -> None:
    assert len(without_replaced([patient_record(a_patient()), patient_record(a_patient())])) == 1


def test_a_practitioner_is_named_with_title() -> None:
    resource = {
        "resourceType": "Practitioner",
        "id": "p",
        "name": [{"prefix": ["Dr"], "given": ["Alex"], "family": "Api"}],
    }
    assert practitioner_record(resource).name == "Dr Alex Api"


def test_a_location_has_its_facility_id_if_alex_sends_it() -> None:
    resource = {"resourceType": "Location", "id": "l", "name": "Healthier Care"}
    assert location_record(resource).facility_id is None
    named = {**resource, "identifier": [{"system": HPI_FACILITY_SYSTEM, "value": "f2n060-e"}]}
    assert location_record(named).facility_id == "F2N060-E"


def test_only_entries_of_the_wanted_type_are_taken_from_a_bundle() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": {"resourceType": "OperationOutcome"}}, {"resource": a_patient()}, {}, "odd"],
    }
    assert [found["resourceType"] for found in entries(bundle, "Patient")] == ["Patient"]
    assert entries({"resourceType": "Bundle"}, "Patient") == []


def test_anything_but_a_bundle_is_refused() -> None:
    with pytest.raises(ValueError, match="not a Bundle"):
        entries({"resourceType": "Patient"}, "Patient")


def a_context(**more: Any) -> dict[str, Any]:
    return {
        "patientId": "14e52e16edb7a435bfa05e307afd008b",
        "facilityCode": "F2N060-E",
        "providerId": "9bf0832786e2293848942167532e0a91",
        "createdTime": "2026-11-20T01:00:00Z",
        **more,
    }


def test_a_launch_context_is_read() -> None:
    context = parse_launch_context(json.dumps(a_context()), now=NOW)
    assert context.patient_id == "14e52e16edb7a435bfa05e307afd008b"
    assert context.facility_code == "F2N060-E"
    assert context.provider_id == "9bf0832786e2293848942167532e0a91"
    assert context.created_time == datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_json_inside_a_json_string_is_read_too() -> None:
    twice = json.dumps(json.dumps(a_context()))
    assert parse_launch_context(twice, now=NOW) == parse_launch_context(json.dumps(a_context()), now=NOW)


@pytest.mark.parametrize("none", [None, "", "null", 0])
def test_no_patient_open_is_none(none: Any) -> None:
    assert parse_launch_context(json.dumps(a_context(patientId=none)), now=NOW).patient_id is None


def test_references_are_reduced_to_their_id() -> None:
    context = parse_launch_context(
        json.dumps(
            a_context(patientId="Patient/abc", providerId="https://alex.example.nz/fhir/Practitioner/def")
        ),
        now=NOW,
    )
    assert (context.patient_id, context.provider_id) == ("abc", "def")


def test_a_version_is_no_part_of_a_launched_id() -> None:
    context = parse_launch_context(json.dumps(a_context(patientId="Patient/abc/_history/2")), now=NOW)
    assert context.patient_id == "abc"


@pytest.mark.parametrize(
    ("references", "gp_id"),
    [
        ([], None),
        (["Practitioner/def"], "def"),
        (["Organization/o", "Practitioner/def/_history/2"], "def"),
        # One that has no id of a practitioner is not the same as none.
        (["PractitionerRole/r"], "PractitionerRole/r"),
        (["Practitioner/d e"], "Practitioner/d e"),
    ],
)
def test_a_patients_own_gp_is_told_from_none(references: list[str], gp_id: str | None) -> None:
    listed = [{"reference": each} for each in references]
    assert patient_record(a_patient(generalPractitioner=listed)).general_practitioner_id == gp_id


@pytest.mark.parametrize(
    ("active", "is_active"), [({}, True), ({"active": True}, True), ({"active": False}, False)]
)
def test_a_provider_who_has_left_is_read_as_inactive(active: dict[str, bool], *, is_active: bool) -> None:
    provider = practitioner_record({"resourceType": "Practitioner", "id": "p", **active})
    assert provider.active == is_active


def test_field_names_are_read_in_any_case() -> None:
    shouted = {key.upper(): value for key, value in a_context().items()}
    assert parse_launch_context(json.dumps(shouted), now=NOW).facility_code == "F2N060-E"


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T01:00:00Z",
        "2026-11-20T01:00:00.0000000Z",
        "2026-11-20T14:00:00.0000000+13:00",
        "2026-11-20T14:00:00+13:00",
        "2026-11-20T01:00:00",  # nearest to now when read as UTC
        "2026-11-20T14:00:00.000",  # nearest to now when read as Auckland's time
        "2026-11-20 14:00:00",
        1795136400000,
        "1795136400000",
        "/Date(1795136400000)/",
        "/Date(1795136400000+1300)/",
        1795136400,
    ],
)
def test_every_format_of_the_time_means_the_same_moment(written: Any) -> None:
    context = parse_launch_context(json.dumps(a_context(createdTime=written)), now=NOW)
    assert context.created_time == datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_a_launch_context_may_say_that_decoding_it_succeeded() -> None:
    body = json.dumps(a_context() | {"statusCode": 200, "success": True, "error": None})
    assert parse_launch_context(body, now=NOW) == parse_launch_context(json.dumps(a_context()), now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"text"',
        json.dumps(a_context(facilityCode="")).encode(),
        json.dumps(a_context(facilityCode="F2N060-E\r\nX-Other: 1")).encode(),
        json.dumps(a_context(patientId="../../metadata?x")).encode(),
        json.dumps(a_context(patientId="one/../two")).encode(),
        json.dumps(a_context(patientId="Patient/one/Patient/two")).encode(),
        json.dumps(a_context(patientId="Practitioner/one")).encode(),
        json.dumps(a_context(providerId="Patient/one")).encode(),
        json.dumps(a_context(createdTime=None)).encode(),
        json.dumps(a_context(createdTime="soon")).encode(),
        json.dumps(a_context(createdTime="/Date(soon)/")).encode(),
        json.dumps(a_context(createdTime=10**30)).encode(),
        json.dumps(a_context(createdTime="0001-01-01T00:00:00")).encode(),
        json.dumps(a_context(createdTime="9999-12-31T23:59:59-12:00")).encode(),
        json.dumps(a_context() | {"PatientId": "another"}).encode(),
        json.dumps(a_context() | {"statusCode": 401, "message": "Unauthorized"}).encode(),
        json.dumps(a_context() | {"success": False}).encode(),
        json.dumps(a_context() | {"error": "The context has expired."}).encode(),
        json.dumps(a_context() | {"issue": [{"severity": "error"}]}).encode(),
        b"[" * 100_000,
        json.dumps(a_context(patientId={"id": "a"})).encode(),
        json.dumps(a_context(patientId=True)).encode(),
        b'{"patientId": "one", "patientId": "two", ' + json.dumps(a_context()).encode()[1:],
    ],
)
def test_anything_but_a_launch_context_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_launch_context(body, now=NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_either_read_or_refused_with_one_kind_of_error(content: Any) -> None:
    try:
        parse_launch_context(json.dumps(content), now=NOW)
    except ValueError:
        return
    raise AssertionError(content)


@given(st.integers(min_value=-300, max_value=300))
def test_a_time_without_a_zone_is_right_in_utc_and_in_auckland(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    for zone in ("+00:00", "+13:00"):
        hours = int(zone[1:3])
        naive = (moment + timedelta(hours=hours)).replace(tzinfo=None).isoformat()
        context = parse_launch_context(json.dumps(a_context(createdTime=naive)), now=NOW)
        assert context.created_time == moment


@pytest.mark.parametrize(
    ("links", "replaced_by"),
    [
        ([{"type": "replaced-by", "other": {"display": "The other record"}}], "unknown"),
        (
            [{"type": "replaced-by"}, {"type": "replaced-by", "other": {"reference": "Patient/new"}}],
            "unknown",
        ),
        ({"type": "Replaced-By", "other": {"reference": "Patient/new"}}, "new"),
        ([{"type": "replaces", "other": {"reference": "Patient/older"}}], None),
        ([], None),
    ],
)
def test_a_record_that_was_merged_away_is_recognised_however_little_it_says(
    links: Any, replaced_by: str | None
) -> None:
    assert patient_record(a_patient(link=links)).replaced_by == replaced_by
