"""Earlier photos from a record system that answers with other patients' documents: none of them is ever listed or read."""

import base64
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from clinicpro_images.records.alex.client import AlexClient
from clinicpro_images.records.alex.connect import open_alex
from clinicpro_images.records.alex.ownership import Ownership
from clinicpro_images.records.errors import RecordSystemForbidden, RecordSystemUnclear
from clinicpro_images.records.protocol import EarlierImage, EarlierImages, ImagePatient
from fake_alex import FakeAlex, answering, bundle, outcome

pytestmark = pytest.mark.anyio

PATIENT = "14e52e16edb7a435bfa05e307afd008b"
OTHER = "e92d8ded1459f2d6c5096282382ca67b"
NHI = "ZZZ0016"
US = ImagePatient(PATIENT, frozenset({NHI}))
FOR = {"facility_id": "F2N060-E", "correlation_id": "5f0c7b9e-3c3e-4c39-9f6f-4a8f6f8f2c11"}
HOST = "https://alexapiuat.medtechglobal.com/fhir"
NHI_SYSTEM = "https://standards.digital.health.nz/ns/nhi-id"


def document(number: int = 1, subject: Any = f"Patient/{PATIENT}", **more: Any) -> dict[str, Any]:
    attachment = {
        "contentType": "image/tiff",
        "title": f"Left forearm - lesion - Mole {number}.tiff",
        "url": f"Binary/blob{number}",
    } | more.pop("attachment", {})
    return {
        "resourceType": "DocumentReference",
        "id": f"d{number}",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "72170-4"}]},
        "subject": {"reference": subject} if isinstance(subject, str) else subject,
        "date": f"2026-03-{number % 28 + 1:02}T10:00:00+13:00",
        "content": [{"attachment": {name: value for name, value in attachment.items() if value is not None}}],
    } | more


@asynccontextmanager
async def connected(*answers: Any) -> AsyncIterator[tuple[FakeAlex, AlexClient]]:
    fake = FakeAlex(list(answers))
    async with fake.serving(), open_alex(fake.settings()) as alex:
        yield fake, alex


async def listed(*documents: dict[str, Any]) -> EarlierImages:
    async with connected(answering(200, bundle(*documents))) as (_, alex):
        return await alex.earlier.earlier_images(US, limit=100, **FOR)


# --- whose it is ----------------------------------------------------------------------------------

OURS: list[Any] = [
    f"Patient/{PATIENT}",
    f" Patient/{PATIENT} ",
    f"{HOST}/Patient/{PATIENT}",
    f"{HOST.replace('fhir', 'FHIR')}/Patient/{PATIENT}",
    f"{HOST}/Patient/{PATIENT}/_history/7",
    {"reference": f"Patient/{PATIENT}", "type": "Patient"},
    {"reference": f"Patient/{PATIENT}", "identifier": {"value": "ZZZ0016"}},
    {
        "reference": f"Patient/{PATIENT}",
        "identifier": {"system": "https://standards.digital.health.nz/ns/nhi-id", "value": "zzz0016"},
    },
    {
        "reference": f"Patient/{PATIENT}",
        "identifier": {"system": "https://elsewhere.example.nz/chart", "value": "1042"},
    },
]
NOT_OURS: list[Any] = [
    None,
    {},
    [],
    "",
    PATIENT,
    f"Patient/{OTHER}",
    f"Patient/{PATIENT.upper()}",
    f"Patient/{PATIENT}0",
    f"Patient/{PATIENT[:-1]}",
    f"Patient/0{PATIENT}",
    f"Patient/{PATIENT} ,Patient/{OTHER}",
    f"Patient/{PATIENT}/{OTHER}",
    f"Patient/{OTHER}/_history/{PATIENT}",
    f"Patient/{OTHER}?x=Patient/{PATIENT}",
    f"Patient/{OTHER}#Patient/{PATIENT}",
    f"Patient/{PATIENT}#other",
    f"Practitioner/{PATIENT}",
    f"RelatedPerson/{PATIENT}",
    f"XPatient/{PATIENT}",
    f"#{PATIENT}",
    f"urn:uuid:{PATIENT}",
    f"https://elsewhere.example.nz/fhir/Patient/{PATIENT}",
    f"https://medtechglobal.com.example.nz/fhir/Patient/{PATIENT}",
    f"https://alexapiuat.medtechglobal.com/other/fhir/Patient/{PATIENT}",
    f"https://alexapiuat.medtechglobal.com@elsewhere.example.nz/fhir/Patient/{PATIENT}",
    f"Organization/7/Patient/{PATIENT}",
    f"../Patient/{PATIENT}",
    f"patient/{PATIENT}",
    f"Patient/{PATIENT}/_history/",
    f"Patient/{PATIENT[:8]}\n{PATIENT[8:]}",
    f"javascript:Patient/{PATIENT}",
    {"reference": f"Patient/{PATIENT}", "type": "Group"},
    {"reference": 7},
    {"reference": [f"Patient/{PATIENT}"]},
    {"identifier": {"system": "https://standards.digital.health.nz/ns/nhi-id", "value": NHI}},
    {"display": "TESTING"},
    {"reference": f"Patient/{PATIENT}", "identifier": {"system": NHI_SYSTEM, "value": "ZZZ0032"}},
    {"reference": f"Patient/{PATIENT}", "identifier": {"value": " zzz0032"}},
    {"reference": f"Patient/{PATIENT}", "identifier": [{"value": "ZZZ0032"}]},
]
CONTRADICTED: list[dict[str, Any]] = [
    {"context": {"sourcePatientInfo": {"reference": f"Patient/{OTHER}"}}},
    {"contained": [{"resourceType": "Patient", "identifier": [{"value": "ZZZ0032"}]}]},
    {"patient": {"reference": f"Patient/{OTHER}"}},
]


@pytest.mark.parametrize("subject", OURS, ids=range(len(OURS)))
async def test_a_document_of_this_patient_is_listed(subject: Any) -> None:
    found = await listed(document(subject=subject))
    assert [image.id for image in found.images] == ["d1"]
    assert found.unproven == 0


@pytest.mark.parametrize("more", CONTRADICTED, ids=range(len(CONTRADICTED)))
async def test_a_document_that_also_names_another_patient_is_not_listed(more: dict[str, Any]) -> None:
    found = await listed(document(**more))
    assert (found.images, found.unproven) == ((), 1)


async def test_a_gateway_at_medtech_itself_takes_references_to_its_own_server_only() -> None:
    production = Ownership("https://alexapi.medtechglobal.com/FHIR")
    assert (
        production.local_id(f"https://alexapi.medtechglobal.com/fhir/Patient/{PATIENT}", "Patient") == PATIENT
    )
    assert production.local_id(f"{HOST}/Patient/{PATIENT}", "Patient") is None


async def test_500_answers_with_documents_of_others_among_ours_show_ours_only() -> None:
    shuffled = random.Random(19)  # noqa: S311 - repeatable, not secret
    async with connected(answering(200, bundle())) as (fake, alex):
        for launch in range(500):
            count = shuffled.randint(0, 6)
            mixed = [(shuffled.random() < 0.5, number) for number in range(count)]
            documents = [
                document(number, subject=shuffled.choice(OURS if ours else NOT_OURS))
                for ours, number in mixed
            ]
            fake.answers = [answering(200, bundle(*documents))]
            found = await alex.earlier.earlier_images(US, limit=100, **FOR)
            assert {image.id for image in found.images} == {f"d{number}" for ours, number in mixed if ours}, (
                launch
            )
            assert found.unproven == sum(not ours for ours, _ in mixed), launch


async def test_an_id_or_a_key_that_another_patients_document_also_has_is_not_used() -> None:
    same_id = await listed(document(1), document(1, subject=f"Patient/{OTHER}"))
    same_key = await listed(
        document(1), document(2, subject=f"Patient/{OTHER}", attachment={"url": "Binary/blob1"})
    )
    assert same_id.images == same_key.images == ()


# --- what is listed -------------------------------------------------------------------------------


async def test_other_types_errors_and_files_without_a_picture_are_left_out_without_a_word() -> None:
    note = {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]}
    found = await listed(
        document(1, type=note),
        document(2, status="entered-in-error"),
        document(5, type=None, attachment={"contentType": "application/pdf"}),
        {"resourceType": "OperationOutcome", "issue": [{"severity": "information"}]},
    )
    assert found == EarlierImages(())


@pytest.mark.parametrize(
    "unshown",
    [
        document(3, attachment={"contentType": "text/plain"}),
        document(4, content=[]),
        document(5) | {"id": "no/id"},
        {"resourceType": "Patient", "id": PATIENT},
    ],
)
async def test_what_can_not_be_shown_is_not_called_none(unshown: dict[str, Any]) -> None:
    assert await listed(unshown) == EarlierImages((), more=True)


async def test_the_newest_come_first_and_no_more_than_asked_for() -> None:
    async with connected(answering(200, bundle(*(document(number) for number in range(20))))) as (_, alex):
        found = await alex.earlier.earlier_images(US, limit=3, **FOR)
    assert [image.id for image in found.images] == ["d19", "d18", "d17"]
    assert found.more


async def test_pages_are_read_and_a_list_that_breaks_off_says_so() -> None:
    answers = [
        answering(200, bundle(document(1), following="https://elsewhere.example.nz/x?page=2")),
        answering(500, outcome("exception", "An unexpected error occurred.")),
    ]
    async with connected(*answers) as (fake, alex):
        found = await alex.earlier.earlier_images(US, limit=100, **FOR)
        paths = [request.raw_path for request in fake.requests]
    assert ([image.id for image in found.images], found.more) == (["d1"], True)
    assert paths[-1] == "/FHIR/DocumentReference?page=2"


async def test_it_asks_by_the_nhi_and_the_type_then_by_the_record() -> None:
    refused = answering(403, outcome("forbidden", "Authorization failed."))
    async with connected(refused, answering(200, bundle(document(1)))) as (fake, alex):
        found = await alex.earlier.earlier_images(US, limit=100, **FOR)
        paths = [request.raw_path for request in fake.requests]
    assert len(found.images) == 1
    nhi, photograph = "https://standards.digital.health.nz/ns/nhi-id%7CZZZ0016", "http://loinc.org%7C72170-4"
    assert paths == [
        f"/FHIR/DocumentReference?patient.identifier={nhi}&type={photograph}",
        f"/FHIR/DocumentReference?patient._id={PATIENT}&type={photograph}",
    ]


async def test_only_if_every_form_is_refused_it_is_not_permitted() -> None:
    async with connected(answering(403, outcome("forbidden", "Authorization failed."))) as (_, alex):
        with pytest.raises(RecordSystemForbidden):
            await alex.earlier.earlier_images(US, limit=100, **FOR)


async def test_titles_are_one_line_and_times_are_possible() -> None:
    found = await listed(
        document(1, description="Left forearm\u202e \u2013\n lesion \x00" + "x" * 5_000),
        document(2, date="0001-01-01T00:00:00+13:00", description=""),
        document(3, date="9999-12-31T23:59:59-12:00", description=7),
    )
    titles = {each.id: each.title for each in found.images}
    assert titles["d1"].startswith("Left forearm \u2013 lesion xxx")
    assert len(titles["d1"]) == 300
    assert [each.date for each in found.images if each.id != "d1"] == [None, None]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "not JSON", '"a string"', '{"resourceType": "Patient"}'], ids=range(4)
)
async def test_a_list_that_is_none_is_not_understood(text: str) -> None:
    async with connected(answering(200, text=text)) as (_, alex):
        with pytest.raises(RecordSystemUnclear):
            await alex.earlier.earlier_images(US, limit=100, **FOR)


# --- the bytes ------------------------------------------------------------------------------------

TIFF = b"II*\x00" + b"\x01" * 64


def image(**changes: Any) -> EarlierImage:
    return EarlierImage(
        **{"id": "d1", "title": "", "date": None, "content_type": "image/tiff", "blob_key": "b"} | changes
    )


async def read(reply: Any, which: EarlierImage, about: Any = None) -> bytes:
    """Read a photo from an ALEX that gives `reply` for its bytes, and `about` for its document (None: 403)."""
    refused = answering(403, outcome("forbidden", "Authorization failed."))

    async def by_path(fake: FakeAlex, request: web.Request) -> web.StreamResponse:
        of_document = which.blob_key is not None and "/DocumentReference/" in request.path
        return await ((about or refused) if of_document else reply)(fake, request)

    async with connected(by_path) as (_, alex):
        return await alex.earlier.earlier_content(which, US, **FOR)


def raw(content: bytes = TIFF, **headers: str) -> Any:
    async def answer(_: FakeAlex, __: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(body=content, content_type="image/tiff", headers=named)

    return answer


def binary(**members: Any) -> Any:
    data = base64.b64encode(TIFF).decode()
    return answering(200, {"resourceType": "Binary", "contentType": "image/tiff", "data": data} | members)


async def test_bytes_come_raw_or_as_a_binary() -> None:
    assert await read(raw(), image()) == TIFF
    assert await read(raw(X_Security_Context=f"Patient/{PATIENT}"), image()) == TIFF
    assert await read(raw(Content_Location="/FHIR/Binary/b/_history/1"), image(size=len(TIFF))) == TIFF
    assert await read(binary(id="b"), image(sha1=hashlib.sha1(TIFF, usedforsecurity=False).digest())) == TIFF
    assert await read(binary(securityContext={"reference": f"Patient/{PATIENT}"}), image()) == TIFF
    assert await read(binary(securityContext={"reference": "DocumentReference/d1"}), image()) == TIFF


@pytest.mark.parametrize(
    ("reply", "which"),
    [
        (binary(), image(sha1=b"\x00" * 20)),
        (binary(securityContext={"reference": f"Patient/{OTHER}"}), image()),
        (binary(securityContext={"reference": "DocumentReference/d2"}), image()),
        (binary(securityContext={"identifier": {"value": "ZZZ0032"}}), image()),
        (binary(id="c"), image()),
        (binary(contentType="application/pdf"), image()),
        (raw(X_Security_Context=f"Patient/{OTHER}"), image()),
        (raw(Content_Location="/FHIR/Binary/c"), image()),
        (raw(b"%PDF-1.7"), image()),
        (raw(), image(size=len(TIFF) + 1)),
        (raw(b""), image()),
        (raw(b'{"a":' * 20_000), image(size=7)),
        (binary(data="not base64"), image()),
        (binary(data=None), image()),
        (answering(200, {"resourceType": "Patient", "id": OTHER}), image()),
        (answering(200, document(1, subject=f"Patient/{OTHER}")), image(blob_key=None)),
        (answering(200, document(2)), image(blob_key=None)),
        (answering(200, document(1)), image(blob_key=None)),
    ],
    ids=range(18),
)
async def test_bytes_that_are_not_what_was_listed_are_refused(reply: Any, which: EarlierImage) -> None:
    with pytest.raises(RecordSystemUnclear):
        await read(reply, which)


@pytest.mark.parametrize(
    "about",
    [
        document(1, subject=f"Patient/{OTHER}", attachment={"url": "Binary/b"}),
        document(1, attachment={"url": "Binary/c"}),
        document(2, attachment={"url": "Binary/b"}),
        document(1, attachment={"url": None, "data": base64.b64encode(b"II*\x00another").decode()}),
        document(1, attachment={"url": "Binary/b", "size": 3}),
        document(1, status="entered-in-error", attachment={"url": "Binary/b"}),
        {"resourceType": "OperationOutcome", "id": "d1"},
    ],
    ids=range(7),
)
async def test_what_the_document_itself_contradicts_is_refused(about: dict[str, Any]) -> None:
    with pytest.raises(RecordSystemUnclear):
        await read(raw(), image(), answering(200, about))


async def test_what_the_document_itself_confirms_is_shown() -> None:
    data = base64.b64encode(TIFF).decode()
    for attachment in ({"url": "Binary/b"}, {"url": None, "data": data}, {"url": None}):
        assert await read(raw(), image(), answering(200, document(1, attachment=attachment))) == TIFF


async def test_a_document_without_a_link_is_read_again_and_checked_again() -> None:
    inline = document(1, attachment={"url": None, "data": base64.b64encode(TIFF).decode()})
    assert await read(answering(200, inline), image(blob_key=None)) == TIFF


async def test_a_key_can_not_lead_to_another_path_or_host() -> None:
    keys = [
        "https://elsewhere.example.nz/Binary/stolen",
        "../Patient",
        "Binary/..",
        "Binary/a/../../Patient",
        "Binary/%2e%2e%2fPatient",
        f"Patient/{OTHER}",
    ]
    found = await listed(*(document(number, attachment={"url": url}) for number, url in enumerate(keys)))
    assert {each.blob_key for each in found.images} == {None}
    odd = await listed(document(attachment={"url": f"{HOST}/Binary/F2N060-E%2Fb%20?x=1"}))
    assert odd.images[0].blob_key is None
    usual = await listed(document(attachment={"url": f"{HOST}/Binary/F2N060-E%2Fb?x=1"}))
    async with connected(raw()) as (fake, alex):
        with pytest.raises(RecordSystemUnclear):  # the same answer is no document
            await alex.earlier.earlier_content(usual.images[0], US, **FOR)
        assert "/FHIR/Binary/F2N060-E%2Fb" in [request.raw_path for request in fake.requests]
