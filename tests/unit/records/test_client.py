"""The ALEX client against a minimal ALEX on loopback: requests, responses, and which writes may have landed."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from aiohttp import web

from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.fhir import Created
from clinicpro_images.records.alex.resources import media
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PatientUnknown,
    RecordSystemError,
    RecordSystemNotFound,
    RecordSystemOtherPatient,
    RecordSystemUnclear,
)
from fake_alex import FakeAlex, answering, bundle, outcome
from unit.records.connected import (
    CORRELATION,
    FACILITY,
    FOR,
    IDENTIFIER,
    a_document,
    a_patient,
    connected,
)

pytestmark = pytest.mark.anyio


# --- requests -------------------------------------------------------------------------------------


async def test_every_call_carries_token_facility_correlation_id_and_application() -> None:
    fake = FakeAlex([answering(200, a_patient("a"))])
    async with connected(fake) as alex:
        await alex.patient("a", **FOR)
        token = await alex.tokens.token()
    headers = fake.requests[0].headers
    assert headers["Authorization"] == f"Bearer {token.value}"
    assert headers["mt-facilityid"] == FACILITY
    assert headers["mt-correlationid"] == CORRELATION
    assert headers["mt-appid"] == "ClinicPro Images"
    assert headers["Accept"] == "application/fhir+json"
    assert "Content-Type" not in headers


async def test_the_bar_of_a_token_search_is_percent_encoded() -> None:
    fake = FakeAlex([answering(200, bundle(a_patient("a")))])
    async with connected(fake) as alex:
        await alex.patients_by_nhi("zzz0016", **FOR)
    nhi = "https://standards.digital.health.nz/ns/nhi-id%7CZZZ0016"
    assert fake.requests[0].raw_path == f"/FHIR/Patient?identifier={nhi}"


async def test_a_write_carries_its_exact_length_and_the_fhir_content_type() -> None:
    fake = FakeAlex()
    async with connected(fake) as alex:
        filed = await alex.create_document_reference(a_document(b"x" * 700_000), **FOR)
    request = fake.requests[0]
    assert (request.method, request.raw_path) == ("POST", "/FHIR/DocumentReference")
    assert request.headers["Content-Type"] == "application/fhir+json"
    assert int(request.headers["Content-Length"]) == len(request.body)
    assert "Transfer-Encoding" not in request.headers
    assert json.loads(request.body)["identifier"][0]["value"] == IDENTIFIER
    assert filed == Created("abc123", 201, f"{fake.origin}/FHIR/DocumentReference/abc123/_history/1")


async def test_media_message_and_task_go_to_their_own_paths() -> None:
    fake = FakeAlex()
    new = media(
        identifier=IDENTIFIER,
        patient_reference="Patient/a",
        operator_reference=None,
        created=datetime(2026, 11, 20, tzinfo=UTC),
        title="Left forearm.jpg",
        content_type="image/jpeg",
        parts=(b"\xff\xd8",),
    )
    async with connected(fake) as alex:
        await alex.create_media(new, **FOR)
        await alex.create_communication({"resourceType": "Communication"}, **FOR)
        await alex.create_task({"resourceType": "Task", "description": "Kōrero"}, **FOR)
    assert [request.raw_path for request in fake.requests] == [
        "/FHIR/Media",
        "/FHIR/Communication",
        "/FHIR/Task",
    ]
    assert json.loads(fake.requests[2].body)["description"] == "Kōrero"


async def test_a_launch_is_decoded_with_context_and_signature_percent_encoded() -> None:
    decoded = {
        "patientId": "a",
        "facilityCode": FACILITY,
        "providerId": "b",
        "createdTime": "2026-11-20T01:00:00Z",
    }
    fake = FakeAlex([answering(200, json.dumps(decoded))])
    async with connected(fake) as alex:
        context = await alex.launch_context("a/b+c==", "s/g+n=", facility_id=None, correlation_id=CORRELATION)
    request = fake.requests[0]
    assert request.raw_path == "/FHIR/vendorforms/api/getlaunchcontextstring/a%2Fb%2Bc%3D%3D/s%2Fg%2Bn%3D"
    assert "mt-facilityid" not in request.headers
    assert (context.patient_id, context.facility_code, context.provider_id) == ("a", FACILITY, "b")


async def test_an_unreadable_launch_response_is_unclear() -> None:
    async with connected(FakeAlex([answering(200, text="<html>")])) as alex:
        with pytest.raises(RecordSystemUnclear):
            await alex.launch_context("c", "s", **FOR)


@pytest.mark.parametrize("patient_id", ["../metadata", "a?b", "", "a/b", ".."])
async def test_an_invalid_id_is_never_sent(patient_id: str) -> None:
    fake = FakeAlex()
    async with connected(fake) as alex:
        with pytest.raises(PatientUnknown):
            await alex.patient(patient_id, **FOR)
    assert fake.requests == []


# --- responses ------------------------------------------------------------------------------------


async def test_every_record_with_the_nhi_is_returned_from_every_page_and_no_other() -> None:
    link = "https://elsewhere.example.nz/fhir/Patient?page=2&identifier=x%7Cy"
    pages = [
        answering(
            200,
            bundle(a_patient("a"), outcome("not-found", "x"), a_patient("odd", "ZZZ0024"), following=link),
        ),
        answering(200, bundle(a_patient("b"))),
    ]
    fake = FakeAlex(pages)
    async with connected(fake) as alex:
        found = await alex.patients_by_nhi("ZZZ0016", **FOR)
    assert [patient.id for patient in found] == ["a", "b"]
    assert fake.requests[1].raw_path == "/FHIR/Patient?page=2&identifier=x%7Cy"


async def test_a_bundle_with_only_an_outcome_has_no_patients() -> None:
    fake = FakeAlex([answering(200, bundle(outcome("not-found", "Patient not found.")))])
    async with connected(fake) as alex:
        assert await alex.patients_by_nhi("ZZZ0016", **FOR) == []


async def test_practitioners_and_locations_are_read() -> None:
    practitioner = {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Api"}]}
    location = {"resourceType": "Location", "id": "l", "name": "Healthier Care"}
    fake = FakeAlex(
        [
            answering(200, bundle(practitioner)),
            answering(200, bundle(location)),
        ]
    )
    async with connected(fake) as alex:
        assert [person.name for person in await alex.practitioners(**FOR)] == ["Api"]
        assert [place.name for place in await alex.locations(**FOR)] == ["Healthier Care"]
    assert [request.raw_path for request in fake.requests] == [
        "/FHIR/Practitioner",
        "/FHIR/Location",
    ]


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "null", '{"resourceType":"Bundle"}', '{"resourceType":"Patient"}', "\ufffd"]
)
async def test_a_success_with_an_unexpected_body_is_unclear(body: str) -> None:
    async with connected(FakeAlex([answering(200, text=body)])) as alex:
        with pytest.raises(RecordSystemUnclear):
            await alex.patient("a", **FOR)


async def test_the_id_of_a_write_is_found_in_the_body_when_no_location_comes() -> None:
    fake = FakeAlex([answering(200, {"resourceType": "DocumentReference", "id": "old1"})])
    async with connected(fake) as alex:
        filed = await alex.create_document_reference(a_document(), **FOR)
    assert filed == Created("old1", 200, "")


THEIRS = [{"system": "urn:pms", "value": "4711"}]


@pytest.mark.parametrize(
    ("status", "location", "identifiers", "filed"),
    [
        (200, "", THEIRS, False),
        (200, "/FHIR/DocumentReference/other/_history/1", THEIRS, False),
        (201, "", THEIRS, False),
        (201, "/FHIR/DocumentReference/other/_history/1", THEIRS, True),
        (200, "", [*THEIRS, {"value": f" {IDENTIFIER.upper()} "}], True),
        (201, "", [], True),
    ],
)
async def test_an_answer_that_shows_another_resource_is_no_proof_that_ours_was_stored(
    status: int, location: str, identifiers: list[Any], *, filed: bool
) -> None:
    """Beside a 201 with its URL, the record system may have put identifiers of its own in place of ours."""
    body = {"resourceType": "DocumentReference", "id": "other", "identifier": identifiers}
    headers = {"Location": location} if location else None
    async with connected(FakeAlex([answering(status, body, headers=headers)])) as alex:
        if filed:
            assert (await alex.create_document_reference(a_document(), **FOR)).id == "other"
            return
        with pytest.raises(RecordSystemUnclear) as unclear:
            await alex.create_document_reference(a_document(), **FOR)
    assert unclear.value.may_have_landed


async def test_a_write_without_an_id_in_the_response_may_have_landed() -> None:
    async with connected(FakeAlex([answering(201, text="")])) as alex:
        with pytest.raises(RecordSystemUnclear) as unclear:
            await alex.create_document_reference(a_document(), **FOR)
    assert unclear.value.may_have_landed


async def test_a_write_succeeds_although_its_response_breaks_off_after_the_location() -> None:
    async def breaking_off(fake: FakeAlex, request: web.Request) -> web.StreamResponse:
        await request.read()
        headers = {
            "Location": f"{fake.origin}/FHIR/DocumentReference/abc/_history/1",
            "Content-Length": "1000",
        }
        response = web.StreamResponse(status=201, headers=headers)
        await response.prepare(request)
        await response.write(b'{"resourceType"')
        assert request.transport is not None
        request.transport.close()
        return response

    async with connected(FakeAlex([breaking_off])) as alex:
        filed = await alex.create_document_reference(a_document(), **FOR)
    assert filed.id == "abc"


async def test_errors_of_alex_reach_the_caller_translated() -> None:
    fake = FakeAlex([answering(403, outcome("not-found", "Practice Facility not found."))])
    async with connected(fake) as alex:
        with pytest.raises(FacilityUnknown) as unknown:
            await alex.practitioners(**FOR)
    assert (unknown.value.upstream_status, unknown.value.upstream_code) == (403, "not-found")


async def test_a_redirect_is_not_followed_with_the_token() -> None:
    fake = FakeAlex([answering(307, text="", headers={"Location": "/FHIR/elsewhere"})])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemError):
            await alex.create_document_reference(a_document(), **FOR)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    ("subject", "other"),
    [
        ('{"reference": "Patient/{patient}"}', False),
        ('{"reference": "https://alex.example/fhir/Patient/{upper}"}', False),
        ('{"reference": "Patient/{patient}/_history/2"}', False),
        ('{"display": "TESTING"}', False),
        ('{"identifier": {"system": "{nhi}", "value": "zzz0016"}}', False),
        ('{"identifier": {"system": "https://elsewhere.example.nz/id", "value": "42"}}', False),
        ('{"reference": "Patient/other"}', True),
        ('{"reference": "Patient\\/other"}', True),
        ('{"identifier": {"value": "x"}, "reference": "Patient/other"}', True),
        ('{"display": "{TESTING}", "reference": "Patient/other"}', True),
        ('{"identifier": {"system": "{nhi}", "value": "ZZZ0032"}}', True),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
async def test_an_answer_that_names_another_patient_is_an_alarm(
    subject: str, encoding: str, *, other: bool
) -> None:
    document = a_document()
    patient = document.resource["subject"]["reference"].rpartition("/")[2]
    system = "https://standards.digital.health.nz/ns/nhi-id"
    for name, value in (("patient", patient), ("upper", patient.upper()), ("nhi", system)):
        subject = subject.replace(f"{{{name}}}", value)
    contained = '[{"resourceType": "Task", "subject": {"reference": "Patient/contained"}}]'
    body = f'{{"resourceType": "DocumentReference", "id": "abc", "contained": {contained}, "subject": {subject}}}'

    async def answer(_fake: FakeAlex, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=201, body=body.encode(encoding), content_type="application/fhir+json")

    async with connected(FakeAlex([answer])) as alex:
        if not other:
            assert (await alex.create_document_reference(document, nhi="ZZZ0016", **FOR)).id == "abc"
            return
        with pytest.raises(RecordSystemOtherPatient) as alarm:
            await alex.create_document_reference(document, nhi="ZZZ0016", **FOR)
        assert alarm.value.may_have_landed


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, outcome("exception", "It could not be stored.")),
        (200, outcome("processing", "No.")),
        (202, ""),
        (204, ""),
        (201, "[" * 100_000),
    ],
)
async def test_a_location_alone_does_not_mean_that_it_was_stored(status: int, body: Any) -> None:
    """Nor does a status: an error says the opposite, and what is only accepted may still fail."""
    headers = {"Location": "/FHIR/DocumentReference/abc/_history/1"}
    made = (
        answering(status, text=body, headers=headers)
        if isinstance(body, str)
        else answering(status, body, headers=headers)
    )
    async with connected(FakeAlex([made])) as alex:
        if status == 201 and isinstance(body, str):
            assert (await alex.create_document_reference(a_document(), **FOR)).id == "abc"
            return
        with pytest.raises(RecordSystemUnclear) as unclear:
            await alex.create_document_reference(a_document(), **FOR)
        assert unclear.value.may_have_landed


async def test_a_list_of_patients_that_is_not_whole_is_not_read_as_all_of_them() -> None:
    async with connected(FakeAlex([answering(200, bundle(a_patient("a")) | {"total": 2})])) as alex:
        with pytest.raises(RecordSystemUnclear):
            await alex.patients_by_nhi("ZZZ0016", **FOR)


async def test_a_search_asks_caches_for_nothing() -> None:
    fake = FakeAlex([answering(200, bundle())])
    async with connected(fake) as alex:
        await alex.patients_by_nhi("ZZZ0016", **FOR)
    assert fake.requests[0].headers["Cache-Control"] == "no-cache"


# --- logs -----------------------------------------------------------------------------------------


async def test_logs_name_the_operation_and_nothing_that_identifies_anyone() -> None:
    fake = FakeAlex(
        [answering(200, bundle(a_patient("secretid"))), answering(404, outcome("not-found", "ZZZ0016?"))]
    )
    with structlog.testing.capture_logs() as logged:
        async with connected(fake) as alex:
            await alex.patients_by_nhi("ZZZ0016", **FOR)
            with pytest.raises(RecordSystemNotFound):
                await alex.patient("secretid", **FOR)
            token = (await alex.tokens.token()).value
    calls = [entry for entry in logged if entry["event"].startswith("alex.call")]
    assert [(call["operation"], call["correlation_id"]) for call in calls] == [
        ("patient.search", CORRELATION),
        ("patient.read", CORRELATION),
    ]
    assert not any(word in str(logged) for word in ("ZZZ0016", "secretid", FACILITY, token))


async def test_connections_are_closed_with_the_client() -> None:
    fake = FakeAlex([answering(200, a_patient("a"))])
    async with fake.serving():
        async with open_alex(fake.settings()) as alex:
            await alex.patient("a", **FOR)
            assert fake.connections > 0
        async with asyncio.timeout(20):
            while fake.connections:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("behind", ["Sun, 29 Nov 2026 20:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_one_server_whose_clock_is_behind_makes_no_date_too_late(behind: str) -> None:
    now = time.time()
    fake = FakeAlex([answering(200, a_patient("a"), headers={"Date": behind})])
    async with connected(fake) as alex:
        await alex.patient("a", **FOR)
        assert alex.latest_date() >= now
