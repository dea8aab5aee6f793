"""Resources that ALEX accepts, for tests that change or remove one element."""

import base64
from typing import Any

from unit.alex_sandbox.running import DOCTOR, NURSE, PATIENT

# Minimal content of each type.
TIFF = b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

REFERENCE_SYSTEM = "https://example.org/reference"


def document(url: str, number: str = "pic-1", **changed: Any) -> dict[str, Any]:
    """A TIFF for Inbox Scan; None removes an element."""
    fhir = f"{url}/fhir"
    return _changed(
        {
            "resourceType": "DocumentReference",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": number}],
            "status": "current",
            "type": {
                "coding": [{"system": "http://loinc.org", "code": "72170-4", "display": "Photographic image"}]
            },
            "subject": {"reference": f"{fhir}/Patient/{PATIENT}"},
            "date": "2026-11-24T14:02:03+13:00",
            "author": [{"reference": f"{fhir}/Practitioner/{DOCTOR}"}],
            "content": [{"attachment": attachment("image/tiff", TIFF)}],
        },
        changed,
    )


def attachment(content_type: str, content: bytes, title: str = "Left forearm – lesion.tif") -> dict[str, str]:
    return {"contentType": content_type, "data": base64.b64encode(content).decode(), "title": title}


def media(number: str = "pic-1", **changed: Any) -> dict[str, Any]:
    """A JPEG for Inbox Media."""
    return _changed(
        {
            "resourceType": "Media",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": number}],
            "status": "completed",
            "type": {
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/media-type", "code": "image"}]
            },
            "subject": {"reference": f"Patient/{PATIENT}"},
            "createdDateTime": "2026-11-24T14:02:03+13:00",
            "operator": {"reference": f"Practitioner/{DOCTOR}"},
            "content": attachment("image/jpeg", JPEG, "Left forearm – lesion"),
        },
        changed,
    )


def message(number: str = "msg-1", **changed: Any) -> dict[str, Any]:
    return _changed(
        {
            "resourceType": "Communication",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": number}],
            "status": "completed",
            "subject": {"reference": f"Patient/{PATIENT}"},
            "sender": {"reference": f"Practitioner/{DOCTOR}"},
            "recipient": [{"reference": f"Practitioner/{NURSE}"}],
            "sent": "2026-11-24T14:02:03+13:00",
            "payload": [{"contentString": "Two photos of the left forearm are in Inbox Scan."}],
        },
        changed,
    )


def task(number: str = "task-1", **changed: Any) -> dict[str, Any]:
    return _changed(
        {
            "resourceType": "Task",
            "identifier": [{"system": REFERENCE_SYSTEM, "value": number}],
            "status": "requested",
            "intent": "order",
            "for": {"reference": f"Patient/{PATIENT}"},
            "owner": {"reference": f"Practitioner/{NURSE}"},
            "description": "Book the excision.",
            "restriction": {"period": {"end": "2026-12-01"}},
        },
        changed,
    )


def _changed(resource: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**resource, **changed}.items() if value is not None}
