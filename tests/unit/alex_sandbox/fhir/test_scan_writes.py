"""`POST /DocumentReference` (Inbox Scan): what is accepted, and each validation rule."""

import hashlib
import re
from typing import Any

import pytest

from unit.alex_sandbox.resources import JPEG, PDF, PNG, REFERENCE_SYSTEM, TIFF, attachment, document, media
from unit.alex_sandbox.running import (
    DOCTOR,
    FACILITY,
    INVALID,
    NOT_SUPPORTED,
    OTHER_FACILITY,
    PATIENT,
    Sandbox,
    outcome,
)

pytestmark = pytest.mark.anyio


async def test_a_tiff_is_stored_and_returned_with_the_resource(sandbox: Sandbox) -> None:
    sent = document(sandbox.url, description="Left forearm – lesion")
    response = await sandbox.post(sent, **{"mt-correlationid": "5d2f9a63-1c39-4f40-9b9d-0c3a8d2f7a11"})
    assert response.status_code == 201
    written = response.json()
    assert re.fullmatch(r"[0-9a-f]{32}", written["id"])
    assert {name: written[name] for name in sent} == sent
    version = written["meta"]["versionId"]
    base = f"{sandbox.url}/FHIR/DocumentReference"
    assert response.headers["Location"] == f"{base}/{written['id']}/_history/{version}"
    assert response.headers["ETag"] == f'W/"{version}"'
    (listed,) = await sandbox.stored()
    assert listed["facility"] == FACILITY
    assert listed["identifier"] == {"system": REFERENCE_SYSTEM, "value": "pic-1"}
    assert (listed["size"], listed["sha256"]) == (len(TIFF), hashlib.sha256(TIFF).hexdigest())
    assert listed["correlationId"] == "5d2f9a63-1c39-4f40-9b9d-0c3a8d2f7a11"
    content = await sandbox.http.get(f"/sandbox/resources/DocumentReference/{written['id']}/content")
    assert (content.content, content.headers["content-type"]) == (TIFF, "image/tiff")


async def test_a_pdf_is_accepted_too(sandbox: Sandbox) -> None:
    sent = document(sandbox.url, content=[{"attachment": attachment("application/pdf", PDF)}])
    assert (await sandbox.post(sent)).status_code == 201


@pytest.mark.parametrize(
    ("content_type", "content"), [("image/jpeg", JPEG), ("image/png", PNG), ("image/heic", b"x")]
)
async def test_other_content_types_are_refused(sandbox: Sandbox, content_type: str, content: bytes) -> None:
    sent = document(sandbox.url, content=[{"attachment": attachment(content_type, content)}])
    assert outcome(await sandbox.post(sent)) == NOT_SUPPORTED
    assert not await sandbox.stored()


@pytest.mark.parametrize(
    "identifier", [None, [], [{}], [{"system": "s"}], [{"value": ""}], [{"value": "  "}], "x"]
)
async def test_a_missing_reference_number_is_named(sandbox: Sandbox, identifier: Any) -> None:
    assert outcome(await sandbox.post(document(sandbox.url, identifier=identifier))) == (
        400,
        "business-rule",
        "The mandatory Identifier.value with the reference number is missing",
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"identifier": [{"value": "a"}, {"value": "b"}]},
        {"status": None},
        {"status": "superseded"},
        {"type": None},
        {"type": {"coding": []}},
        {"type": {"coding": [{"system": "http://loinc.org", "code": "72170-4", "display": "Photo"}]}},
        {
            "type": {
                "coding": [{"system": "http://loinc.org", "code": "11488-4", "display": "Photographic image"}]
            }
        },
        {
            "type": {
                "coding": [{"system": "http://loinc.org", "code": "72170-4", "display": "Photographic image"}]
                * 2
            }
        },
        {"subject": None},
        {"subject": {"reference": f"Patient/{PATIENT}"}},
        {"subject": {"reference": f"https://elsewhere.example/fhir/Patient/{PATIENT}"}},
        {"date": None},
        {"date": "2026-11-24"},
        {"date": "2026-11-24T14:02:03"},
        {"date": "yesterday"},
        {"author": None},
        {"author": []},
        {"author": [{"reference": f"Practitioner/{DOCTOR}"}]},
        {"author": [{"display": "Dr Api"}]},
        {"content": None},
        {"content": []},
        {"content": [{}]},
        {"content": [{"attachment": attachment("image/tiff", TIFF)}] * 2},
        {"content": [{"attachment": {**attachment("image/tiff", TIFF), "title": ""}}]},
        {"content": [{"attachment": {**attachment("image/tiff", TIFF), "contentType": None}}]},
        {"content": [{"attachment": {**attachment("image/tiff", TIFF), "data": None}}]},
        {"content": [{"attachment": {**attachment("image/tiff", TIFF), "data": "not base64!"}}]},
        {"content": [{"attachment": {**attachment("image/tiff", TIFF), "data": "SUkqAA"}}]},
        {"content": [{"attachment": attachment("image/tiff", JPEG)}]},
        {"content": [{"attachment": attachment("image/tiff", b"II*\x00\xff\xff\xff\xff")}]},
        {"content": [{"attachment": attachment("application/pdf", TIFF)}]},
        {"relatesTo": [{"code": "resembles", "target": {"reference": "x"}}]},
        {"relatesTo": [{"code": "transforms", "target": {"reference": "DocumentReference/1"}}]},
        {"titel": "misspelt"},
    ],
    ids=lambda changed: str(changed)[:70],
)
async def test_a_broken_rule_is_refused_and_nothing_is_stored(
    sandbox: Sandbox, changed: dict[str, Any]
) -> None:
    assert outcome(await sandbox.post(document(sandbox.url, **changed))) == INVALID
    assert not await sandbox.stored()


@pytest.mark.parametrize("prefix", ["/FHIR", "/Fhir"])
async def test_references_must_have_the_lower_case_base(sandbox: Sandbox, prefix: str) -> None:
    subject = {"reference": f"{sandbox.url}{prefix}/Patient/{PATIENT}"}
    assert outcome(await sandbox.post(document(sandbox.url, subject=subject))) == INVALID


async def test_a_patient_of_another_facility_is_not_found(sandbox: Sandbox) -> None:
    assert outcome(await sandbox.post(document(sandbox.url), OTHER_FACILITY)) == (
        404,
        "not-found",
        "Patient not found.",
    )


async def test_an_unknown_author_is_refused(sandbox: Sandbox) -> None:
    author = [{"reference": f"{sandbox.url}/fhir/Practitioner/{'0' * 32}"}]
    assert outcome(await sandbox.post(document(sandbox.url, author=author))) == INVALID


async def test_the_author_can_be_made_optional(sandbox: Sandbox) -> None:
    await sandbox.configure(requireAuthor=False)
    assert (await sandbox.post(document(sandbox.url, author=None))).status_code == 201


@pytest.mark.parametrize(
    ("date", "status"),
    [
        ("2026-11-24T14:02:03+13:00", 201),
        ("2026-07-24T14:02:03+12:00", 201),
        ("2026-07-24T14:02:03.123+12:00", 201),
        ("2026-07-24T14:02:03+13:00", 400),
        ("2026-11-24T01:02:03Z", 400),
    ],
)
async def test_the_date_must_have_aucklands_offset_including_daylight_saving(
    sandbox: Sandbox, date: str, status: int
) -> None:
    assert (await sandbox.post(document(sandbox.url, date=date))).status_code == status


async def test_other_offsets_can_be_allowed(sandbox: Sandbox) -> None:
    await sandbox.configure(requireAucklandOffset=False)
    assert (await sandbox.post(document(sandbox.url, date="2026-11-24T01:02:03Z"))).status_code == 201


async def test_an_edited_image_can_name_its_original(sandbox: Sandbox) -> None:
    original = (await sandbox.post(document(sandbox.url))).json()["id"]
    target = {"reference": f"{sandbox.url}/fhir/DocumentReference/{original}"}
    sent = document(sandbox.url, "pic-2", relatesTo=[{"code": "transforms", "target": target}])
    assert (await sandbox.post(sent)).status_code == 201


async def test_a_payload_of_8_mb_is_too_large(sandbox: Sandbox) -> None:
    big = TIFF + bytes(6_000_000)
    response = await sandbox.post(
        document(sandbox.url, content=[{"attachment": attachment("image/tiff", big)}])
    )
    assert (response.status_code, response.json()["statusCode"]) == (413, 413)
    assert not await sandbox.stored()


@pytest.mark.parametrize(
    ("duplicates", "status", "count"), [("second", 201, 2), ("first", 200, 1), ("conflict", 409, 1)]
)
async def test_a_repeated_identifier_is_handled_as_configured(
    sandbox: Sandbox, duplicates: str, status: int, count: int
) -> None:
    await sandbox.configure(duplicates=duplicates)
    first = await sandbox.post(document(sandbox.url))
    again = await sandbox.post(document(sandbox.url))
    assert (first.status_code, again.status_code) == (201, status)
    assert len(await sandbox.stored()) == count
    if status == 200:
        assert again.json()["id"] == first.json()["id"]


async def test_the_same_identifier_is_unique_per_resource_type(sandbox: Sandbox) -> None:
    await sandbox.configure(duplicates="conflict")
    assert (await sandbox.post(document(sandbox.url))).status_code == 201
    assert (await sandbox.post(media())).status_code == 201


@pytest.mark.parametrize(
    ("setting", "status", "kept"), [("drop", 201, 0), ("keep", 201, 1), ("refuse", 400, 0)]
)
async def test_extensions_are_handled_as_configured(
    sandbox: Sandbox, setting: str, status: int, kept: int
) -> None:
    await sandbox.configure(extensions=setting)
    extension = [{"url": "https://clinicpro.co.nz/fhir/x", "valueString": "y"}]
    response = await sandbox.post(document(sandbox.url, extension=extension))
    assert response.status_code == status
    assert len(response.json().get("extension", [])) == kept


async def test_the_response_can_omit_the_bytes(sandbox: Sandbox) -> None:
    await sandbox.configure(echoContent=False)
    written = (await sandbox.post(document(sandbox.url))).json()
    assert "data" not in written["content"][0]["attachment"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"resourceType": "Media"}', b"\xff\xfe"])
async def test_a_body_other_than_a_document_reference_is_refused(sandbox: Sandbox, body: bytes) -> None:
    headers = {**(await sandbox.headers()), "Content-Type": "application/fhir+json"}
    response = await sandbox.http.post("/FHIR/DocumentReference", content=body, headers=headers)
    assert outcome(response) == INVALID
