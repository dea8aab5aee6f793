"""Reads the photos of earlier visits; the files are drawn by scripts/draw_earlier_photos.py."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alex_sandbox.clock import AUCKLAND, instant
from alex_sandbox.seed import Seed, SeedFacility
from alex_sandbox.storage.stored_resources import AcceptedResource, StoredResource

_FOLDER = Path(__file__).parent
_SYSTEM = "https://clinicpro.co.nz/fhir/picture"
_HOUR, _MINUTE = 10, 20


def earlier_photos(seed: Seed, now: datetime) -> list[tuple[StoredResource, bytes]]:
    """Return the documents and their bytes; dates are so many days before `now` (aware). Other seeds have none."""
    listed = json.loads((_FOLDER / "photos.json").read_text("utf-8"))
    found = []
    for number, each in enumerate(listed):
        facility = next((f for f in seed.facilities.values() if f.patient(each["patient"])), None)
        if facility is not None:
            found.append(_document(facility, each, -len(listed) + number, now))
    return found


def _document(
    facility: SeedFacility, each: dict[str, Any], serial: int, now: datetime
) -> tuple[StoredResource, bytes]:
    content = (_FOLDER / each["file"]).read_bytes()
    day = (now - timedelta(days=each["daysAgo"])).astimezone(AUCKLAND)
    taken = day.replace(hour=_HOUR, minute=_MINUTE, second=0, microsecond=0)
    title = f"{each['title']} \N{EN DASH} {taken.day} {taken:%b %Y %H:%M}"
    reference = each["file"].removesuffix(".tif")
    accepted = AcceptedResource(
        each["patient"], (_SYSTEM, f"earlier-{reference}"), title, "image/tiff", content
    )
    resource = {
        "resourceType": "DocumentReference",
        "id": hashlib.sha256(f"{each['patient']}/{reference}".encode()).hexdigest()[:32],
        "meta": {"versionId": "1", "lastUpdated": instant(taken)},
        "identifier": [{"system": _SYSTEM, "value": f"earlier-{reference}"}],
        "status": "current",
        "type": {
            "coding": [{"system": "http://loinc.org", "code": "72170-4", "display": "Photographic image"}]
        },
        "subject": {"reference": f"Patient/{each['patient']}"},
        "date": taken.isoformat(timespec="seconds"),
        "author": [{"reference": f"Practitioner/{facility.practitioners[0].id}"}],
        "description": title,
        "content": [
            {"attachment": {"contentType": "image/tiff", "title": f"{title.replace(':', ' ')}.tiff"}}
        ],
    }
    return StoredResource.of(
        resource, accepted, facility=facility.id, correlation_id="", written=instant(taken), serial=serial
    ), content
