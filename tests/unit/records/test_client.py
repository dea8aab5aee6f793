"""The ALEX client against a minimal ALEX on loopback: requests, responses, and which writes may have landed."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from aiohttp import web

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.fhir import Created
from clinicpro_images.records.alex.records import NHI_SYSTEM
from clinicpro_images.records.alex.resources import ResourceWithAttachment, document_reference, media
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PatientUnknown,
    PracticeOffline,
    RecordSystemAddressNotAllowed,
    RecordSystemConnectionLost,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRejected,
    RecordSystemTimeout,
    RecordSystemUnauthorized,
    RecordSystemUnclear,
    RecordSystemUnreachable,
)
from clinicpro_images.records.protocol import Look, Sought
from fake_alex import FakeAlex, answering, bundle, created, full_backlog, hanging_up, outcome

pytestmark = pytest.mark.anyio

FACILITY = "F2N060-E"
CORRELATION = "5f0c7b9e-3c3e-4c39-9f6f-4a8f6f8f2c11"
IDENTIFIER = "0d3c0a52-6a5e-4c1b-9d35-0f3f7a6f6a11"
NHI = "https://standards.digital.health.nz/ns/nhi-id%7CZZZ0016"
TYPE = "http://loinc.org%7C72170-4"
NOON = datetime(2026, 11, 23, 23, tzinfo=UTC)  # in Auckland, on 24 November
FOR = {"facility_id": FACILITY, "correlation_id": CORRELATION}


@asynccontextmanager
async def connected(fake: FakeAlex, **environ: str) -> AsyncIterator[AlexClient]:
    async with fake.serving(), open_alex(fake.settings(**environ)) as alex:
        yield alex


def a_document(content: bytes = b"II*\x00" * 1000) -> ResourceWithAttachment:
    return document_reference(
        identifier=IDENTIFIER,
        patient_reference="https://alex.example.nz/fhir/Patient/a",
        author_reference="https://alex.example.nz/fhir/Practitioner/b",
        created=datetime(2026, 11, 20, tzinfo=UTC),
        title="Left forearm.tiff",
        description="Left forearm",
        content_type="image/tiff",
        parts=(content,),
    )


def a_patient(patient_id: str, nhi: str = "ZZZ0016", **more: Any) -> dict[str, Any]:
    identifiers = [{"system": NHI_SYSTEM, "value": nhi}]
    return {"resourceType": "Patient", "id": patient_id, "identifier": identifiers, **more}


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


# --- 401 ------------------------------------------------------------------------------------------


async def test_a_401_renews_the_token_once_and_sends_the_whole_write_again() -> None:
    fake = FakeAlex([answering(401, {"statusCode": 401, "message": "Unauthorized."}), created])
    async with connected(fake) as alex:
        filed = await alex.create_document_reference(a_document(b"y" * 500_000), **FOR)
    assert filed.id == "abc123"
    assert len(fake.forms) == 2
    assert fake.requests[0].body == fake.requests[1].body
    assert fake.requests[0].headers["Authorization"] != fake.requests[1].headers["Authorization"]


async def test_a_second_401_is_raised() -> None:
    fake = FakeAlex([answering(401, {"statusCode": 401, "message": "Unauthorized."})])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemUnauthorized):
            await alex.patient("a", **FOR)
    assert len(fake.requests) == 2
    assert len(fake.forms) == 2


async def test_many_calls_with_one_rejected_token_renew_it_once() -> None:
    async def unless_renewed(fake: FakeAlex, request: web.Request) -> web.StreamResponse:
        dead = request.headers["Authorization"] == first
        return await answering(401 if dead else 200, a_patient("a"))(fake, request)

    fake = FakeAlex([unless_renewed])
    async with connected(fake) as alex:
        first = f"Bearer {(await alex.tokens.token()).value}"
        await asyncio.gather(*(alex.patient("a", **FOR) for _ in range(10)))
    assert len(fake.forms) == 2


# --- the connection -------------------------------------------------------------------------------


async def test_silence_on_tcp_while_the_token_endpoint_answers_means_the_allow_list() -> None:
    with full_backlog() as port:
        async with connected(FakeAlex(), MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR") as alex:
            with pytest.raises(RecordSystemAddressNotAllowed) as silent:
                await alex.create_document_reference(a_document(), **FOR)
    assert "allow-list" in silent.value.integrator
    assert not silent.value.may_have_landed


async def test_silence_everywhere_is_not_blamed_on_the_allow_list() -> None:
    with full_backlog() as port:
        fake = FakeAlex()
        async with AsyncExitStack() as token_endpoint:
            await token_endpoint.enter_async_context(fake.serving())
            settings = fake.settings(MEDTECH_API_BASE_URL=f"http://127.0.0.1:{port}/FHIR")
            async with open_alex(settings) as alex:
                await alex.tokens.token()
                await token_endpoint.aclose()
                with pytest.raises(RecordSystemUnreachable) as silent:
                    await alex.patient("a", **FOR)
    assert not isinstance(silent.value, RecordSystemAddressNotAllowed)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("where", ["refused", "no such name", "not TLS"])
async def test_without_a_connection_nothing_was_sent(where: str) -> None:
    fake = FakeAlex()
    async with fake.serving():
        base = {
            "refused": f"http://127.0.0.1:{free_port()}/FHIR",
            "no such name": "https://alex.invalid/FHIR",
            "not TLS": f"https://127.0.0.1:{fake.port}/FHIR",
        }[where]
        async with open_alex(fake.settings(MEDTECH_API_BASE_URL=base)) as alex:
            with pytest.raises(RecordSystemUnreachable) as unreachable:
                await alex.create_document_reference(a_document(), **FOR)
    assert not unreachable.value.may_have_landed
    assert unreachable.value.retryable
    assert unreachable.value.integrator


async def test_a_write_whose_connection_is_lost_may_have_landed_and_is_not_sent_again() -> None:
    fake = FakeAlex([hanging_up])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemConnectionLost) as lost:
            await alex.create_document_reference(a_document(), **FOR)
    assert lost.value.may_have_landed
    assert len(fake.requests) == 1


async def test_a_write_on_a_kept_alive_connection_that_closes_is_not_sent_again() -> None:
    fake = FakeAlex([answering(200, a_patient("a")), hanging_up])
    async with connected(fake) as alex:
        await alex.patient("a", **FOR)
        with pytest.raises(RecordSystemConnectionLost):
            await alex.create_document_reference(a_document(), **FOR)
    assert [request.method for request in fake.requests] == ["GET", "POST"]


async def test_no_answer_in_time_may_have_landed() -> None:
    gone = asyncio.Event()

    async def hanging(_: FakeAlex, request: web.Request) -> web.Response:
        await request.read()
        await gone.wait()
        return web.Response()

    async with connected(FakeAlex([hanging]), CLINICPRO_ALEX_READ_TIMEOUT="0.2") as alex:
        with pytest.raises(RecordSystemTimeout) as late:
            await alex.create_document_reference(a_document(), **FOR)
        gone.set()
    assert late.value.may_have_landed


async def test_an_endless_trickling_response_is_abandoned() -> None:
    gone = asyncio.Event()

    async def dribbling(_: FakeAlex, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not gone.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    settings = {"CLINICPRO_ALEX_READ_TIMEOUT": "0.2", "CLINICPRO_ALEX_CONNECT_TIMEOUT": "0.2"}
    async with connected(FakeAlex([dribbling]), **settings) as alex:
        with pytest.raises(RecordSystemTimeout):
            await alex.patient("a", **FOR)
        gone.set()


async def test_a_refusal_before_the_whole_write_was_read_still_arrives() -> None:
    async def refusing(_: FakeAlex, __: web.Request) -> web.Response:
        return web.json_response({"statusCode": 413, "message": "Too large"}, status=413)

    fake = FakeAlex([refusing])
    async with connected(fake) as alex:
        with pytest.raises(RecordSystemRejected) as refused:
            await alex.create_document_reference(a_document(b"z" * 6_000_000), **FOR)
    assert refused.value.upstream_status == 413


# --- finding an earlier write ---------------------------------------------------------------------


def filed(document_id: str, value: str = IDENTIFIER) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": document_id,
        "identifier": [{"system": "urn:made-by-alex", "value": value}],
    }


SOUGHT = Sought("scan", IDENTIFIER, "p1", "ZZZ0016", "F2N060-E", "Left forearm – lesion", NOON)


async def look(fake: FakeAlex, shape: str, sought: Sought = SOUGHT) -> Look:
    async with connected(fake) as alex:
        return await alex.look(shape, sought, correlation_id="c")


@pytest.mark.parametrize(
    ("shape", "query"),
    [
        ("patient.identifier+type", f"patient.identifier={NHI}&type={TYPE}"),
        ("patient._id+type", f"patient._id=p1&type={TYPE}"),
        ("identifier", f"identifier=https://clinicpro.co.nz/fhir/picture%7C{IDENTIFIER}"),
        ("patient.identifier", f"patient.identifier={NHI}"),
    ],
)
async def test_a_filed_image_is_found_by_its_identifier_among_others(shape: str, query: str) -> None:
    fake = FakeAlex([answering(200, bundle(filed("other", "another"), filed("ours")))])
    found = await look(fake, shape)
    assert found.ids_of(IDENTIFIER) == ["ours"]
    assert found.complete
    assert fake.requests[0].raw_path.endswith(f"/DocumentReference?{query}")


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_query_that_is_refused_is_not_an_answer(status: int) -> None:
    fake = FakeAlex([answering(status, outcome("forbidden", "Authorization failed."))])
    with pytest.raises(RecordSystemForbidden):
        await look(fake, "identifier")


async def test_without_an_nhi_nothing_is_searched_by_it() -> None:
    fake = FakeAlex([answering(200, bundle())])
    with pytest.raises(RecordSystemForbidden):
        await look(fake, "patient.identifier", replace(SOUGHT, nhi=""))
    assert fake.requests == []


async def test_a_practice_that_is_offline_leaves_the_question_open() -> None:
    with pytest.raises(PracticeOffline):
        await look(FakeAlex([answering(503, text="")]), "identifier")


PAGES = "https://elsewhere.example.nz/fhir?_getpages=2"


@pytest.mark.parametrize(
    ("answers", "ids", "complete"),
    [
        ([bundle(filed("ours"), following=PAGES), bundle(filed("other", "another"))], ["ours"], True),
        # The link leads to itself, or to the first page: page two is what was asked for already.
        ([bundle(filed("ours"), following=PAGES), bundle(following=PAGES)], ["ours"], False),
        ([bundle() | {"total": 2, "entry": []}], [], False),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]})], [], False),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]})], [], True),
        ([bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]}) | {"total": 1}], [], True),
    ],
)  # fmt: skip
async def test_only_a_whole_answer_is_complete(
    answers: list[dict[str, Any]], ids: list[str], complete: bool
) -> None:
    found = await look(FakeAlex([answering(200, each) for each in answers]), "identifier")
    assert (found.ids_of(IDENTIFIER), found.complete) == (ids, complete)


async def test_what_was_read_before_a_page_failed_still_counts() -> None:
    fake = FakeAlex([answering(200, bundle(filed("ours"), following=PAGES)), answering(500, text="")])
    found = await look(fake, "identifier")
    assert (found.ids_of(IDENTIFIER), found.complete) == (["ours"], False)
    assert isinstance(found.error, RecordSystemFailed)
    # The page is asked for at the base, where the server says it is, and never at another host.
    assert fake.requests[1].raw_path == "/FHIR?_getpages=2"


ALIKE = {
    "resourceType": "DocumentReference",
    "id": "x1",
    "meta": {"lastUpdated": "2026-11-24T00:00:01Z"},
    "subject": {"reference": "https://alex.example/fhir/Patient/P1"},
    "date": "2026-11-24T12:00:00+13:00",
    "content": [{"attachment": {"title": "Left forearm - lesion.tiff"}}],
}


@pytest.mark.parametrize(
    ("changed", "alike"),
    [
        ({}, True),
        ({"date": "2026-11-23T23:00:00Z"}, True),
        ({"date": "2026-11-24T12:00:01+13:00"}, False),
        ({"date": "2026-11-24"}, False),
        ({"subject": {"reference": "Patient/p2"}}, False),
        ({"subject": None}, False),
        ({"content": [{"attachment": {"title": "Right forearm - lesion.tiff"}}]}, False),
        ({"content": []}, False),
    ],
)
async def test_a_hit_without_identifiers_is_alike_by_patient_title_and_time(
    changed: dict[str, Any], alike: bool
) -> None:
    [hit] = (await look(FakeAlex([answering(200, bundle(ALIKE | changed))]), "identifier")).hits
    assert (hit.is_alike, hit.identifiers) == (alike, frozenset())
    assert hit.stored_at == datetime(2026, 11, 24, 0, 0, 1, tzinfo=UTC)


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
