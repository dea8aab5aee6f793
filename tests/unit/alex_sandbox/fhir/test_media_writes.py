"""`POST /Media` (Inbox Media): what is accepted, and each validation rule."""

from typing import Any

import pytest

from unit.alex_sandbox.resources import JPEG, PDF, PNG, TIFF, attachment, media
from unit.alex_sandbox.running import INVALID, NOT_SUPPORTED, PATIENT, Sandbox, outcome

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("content_type", "content"), [("image/jpeg", JPEG), ("image/png", PNG), ("application/pdf", PDF)]
)
async def test_jpeg_png_and_pdf_are_accepted(sandbox: Sandbox, content_type: str, content: bytes) -> None:
    response = await sandbox.post(media(content=attachment(content_type, content)))
    assert response.status_code == 201
    assert response.headers["Location"].startswith(
        f"{sandbox.url}/FHIR/Media/{response.json()['id']}/_history/"
    )
    assert response.headers["ETag"].startswith('W/"')


async def test_tiff_is_not_accepted(sandbox: Sandbox) -> None:
    assert outcome(await sandbox.post(media(content=attachment("image/tiff", TIFF)))) == NOT_SUPPORTED


async def test_the_created_date_is_optional(sandbox: Sandbox) -> None:
    assert (await sandbox.post(media(createdDateTime=None))).status_code == 201


async def test_the_native_elements_are_accepted(sandbox: Sandbox) -> None:
    native: dict[str, Any] = {
        "bodySite": {"text": "Left forearm"},
        "view": {"text": "x"},
        "note": [{"text": "n"}],
        "reasonCode": [],
    }
    response = await sandbox.post(media(**native))
    assert response.status_code == 201
    assert response.json()["bodySite"] == {"text": "Left forearm"}


async def test_an_absolute_reference_needs_the_lower_case_base(sandbox: Sandbox) -> None:
    for base, status in ((f"{sandbox.url}/fhir", 201), (f"{sandbox.url}/FHIR", 400)):
        response = await sandbox.post(media(subject={"reference": f"{base}/Patient/{PATIENT}"}))
        assert response.status_code == status


@pytest.mark.parametrize(
    "changed",
    [
        {"status": None},
        {"status": "in-progress"},
        {"type": None},
        {
            "type": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/media-type", "code": "video"}]
            }
        },
        {"subject": None},
        {"content": None},
        {"content": {"contentType": "image/jpeg", "title": "t"}},
        {"content": attachment("image/jpeg", JPEG, title="")},
        {"content": attachment("image/jpeg", PNG)},
        {"content": attachment("image/png", JPEG)},
        {"content": attachment("image/jpeg", JPEG[:20])},
        {"createdDateTime": "today"},
        {"operator": {"reference": "Practitioner/nobody"}},
    ],
    ids=lambda changed: str(changed)[:70],
)
async def test_a_broken_rule_is_refused_and_nothing_is_stored(
    sandbox: Sandbox, changed: dict[str, Any]
) -> None:
    assert outcome(await sandbox.post(media(**changed))) == INVALID
    assert not await sandbox.stored()


async def test_a_missing_reference_number_is_named(sandbox: Sandbox) -> None:
    assert outcome(await sandbox.post(media(identifier=None)))[1] == "business-rule"


@pytest.mark.parametrize(("size", "status"), [(999_999, 201), (1_000_000, 400)])
async def test_an_image_must_be_under_1_mb(sandbox: Sandbox, size: int, status: int) -> None:
    content = JPEG[:-2] + bytes(size - len(JPEG)) + JPEG[-2:]
    assert (await sandbox.post(media(content=attachment("image/jpeg", content)))).status_code == status
