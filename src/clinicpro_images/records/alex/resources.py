"""Builds the FHIR resources that are written.

Shapes follow Medtech's guide and what was observed on UAT. Communication and Task have no public example: once Medtech
sends one, this is the only place to correct.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from clinicpro_images.practice_time import AUCKLAND
from clinicpro_images.terminology.coding import SNOMED, Coding
from clinicpro_images.terminology.file_title import file_title

IMAGE_SYSTEM = "https://clinicpro.co.nz/fhir/picture"
PHOTO_TYPE = Coding("http://loinc.org", "72170-4", "Photographic image")

_LATERALITY = "272741003"  # SNOMED CT |Laterality|, the attribute that gives a body structure its side
_SUFFIXES = {"image/tiff": ".tiff", "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
_NHI = re.compile(r"\b[A-HJ-NP-Z]{3}[0-9]{2}(?:[0-9]{2}|[A-HJ-NP-Z]{2})\b", re.IGNORECASE)
_MAX_NAME_LENGTH = 120


@dataclass(frozen=True)
class ResourceWithAttachment:
    """A resource without its one attachment's `data`, and that data as `parts`: the raw bytes, in order."""

    resource: dict[str, Any]
    parts: tuple[bytes, ...] = field(repr=False)


def reference(base_url: str, resource_type: str, resource_id: str) -> str:
    """Return an absolute reference, with the lower-case `/fhir` base that ALEX requires in DocumentReference."""
    parts = urlsplit(base_url)
    path = re.sub(r"/fhir$", "/fhir", parts.path.rstrip("/"), flags=re.IGNORECASE)
    return urlunsplit((parts.scheme, parts.netloc.lower(), f"{path}/{resource_type}/{resource_id}", "", ""))


def auckland(moment: datetime) -> str:
    """Format an aware time with Auckland's offset, so that it falls on the right clinical day.

    Raises ValueError for a time without a zone, which is ambiguous in the hour that daylight saving repeats.
    """
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone can't be filed")
    return moment.astimezone(AUCKLAND).isoformat(timespec="seconds")


def file_name(line: str, content_type: str) -> str:
    """Return an attachment's file name, made from the line that a colleague reads; anything like an NHI is removed."""
    return f"{plain_title(line)}{_SUFFIXES[content_type]}"


def plain_title(line: str) -> str:
    """Return the line as it is in a file name, without the suffix."""
    return file_title(_NHI.sub("", line), longest=_MAX_NAME_LENGTH)


def without_suffix(name: str) -> str:
    """Return a file name without the suffix of a type that is filed."""
    return next((name.removesuffix(each) for each in _SUFFIXES.values() if name.endswith(each)), name)


def document_reference(
    *,
    identifier: str,
    patient_reference: str,
    author_reference: str,
    created: datetime,
    title: str,
    description: str,
    content_type: str,
    parts: tuple[bytes, ...],
    transforms: str | None = None,
) -> ResourceWithAttachment:
    """Build an Inbox Scan document; `title` is a file name, `description` the line a colleague reads.

    References are absolute with the lower-case base; the author is required, because it routes the document to the
    provider's inbox (ALEX support). R4's DocumentReference has no element for body site, side or view, and Evolution
    shows none, so they are part of the text. `transforms` refers to the filed original of an edited image.
    """
    resource: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "identifier": [{"system": IMAGE_SYSTEM, "value": identifier}],
        "status": "current",
        "type": {"coding": [_fhir(PHOTO_TYPE)]},
        "subject": {"reference": patient_reference},
        "date": auckland(created),
        "author": [{"reference": author_reference}],
        "description": description,
        "content": [{"attachment": {"contentType": content_type, "title": title}}],
    }
    if transforms is not None:
        resource["relatesTo"] = [{"code": "transforms", "target": {"reference": transforms}}]
    return ResourceWithAttachment(resource, parts)


def media(
    *,
    identifier: str,
    patient_reference: str,
    operator_reference: str | None,
    created: datetime,
    title: str,
    content_type: str,
    parts: tuple[bytes, ...],
    body_site: Coding | str | None = None,
    body_site_text: str = "",
    laterality: Coding | None = None,
    view: Coding | None = None,
    reason: Coding | None = None,
    note: str | None = None,
) -> ResourceWithAttachment:
    """Build an Inbox Media image, with Media's own elements.

    A `body_site` that is a string has no code; `body_site_text` is site and side as a colleague reads them
    ("Left forearm").
    """
    resource: dict[str, Any] = {
        "resourceType": "Media",
        "identifier": [{"system": IMAGE_SYSTEM, "value": identifier}],
        "status": "completed",
        "type": {
            "coding": [_fhir(Coding("http://terminology.hl7.org/CodeSystem/media-type", "image", "Image"))]
        },
        "subject": {"reference": patient_reference},
        "createdDateTime": auckland(created),
        "content": {"contentType": content_type, "title": title},
    }
    if view is not None:
        resource["view"] = {"coding": [_fhir(view)]}
    if operator_reference is not None:
        resource["operator"] = {"reference": operator_reference}
    if reason is not None:
        resource["reasonCode"] = [{"coding": [_fhir(reason)]}]
    if body_site is not None:
        resource["bodySite"] = _body_site(body_site, laterality, body_site_text)
    if note:
        resource["note"] = [{"text": note}]
    return ResourceWithAttachment(resource, parts)


def _fhir(coding: Coding) -> dict[str, str]:
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def _body_site(site: Coding | str, laterality: Coding | None, text: str) -> dict[str, Any]:
    display = site if isinstance(site, str) else site.display
    full = text or (f"{laterality.display} {display[:1].lower()}{display[1:]}" if laterality else display)
    if isinstance(site, str):
        return {"text": full}
    codings = [_fhir(site)]
    if laterality is not None and site.system == laterality.system == SNOMED:
        # Media has no element for the side. A second coding may be more specific, and SNOMED CT has post-coordinated
        # expressions for that; the side's own code beside the site's would mean that the body site is "left".
        expression = f"{site.code}:{_LATERALITY}={laterality.code}"
        codings.append(_fhir(Coding(SNOMED, expression, full)))
    return {"coding": codings, "text": full}


def communication(
    *,
    identifier: str,
    patient_reference: str,
    sender_reference: str,
    recipient_reference: str,
    sent: datetime,
    text: str,
) -> dict[str, Any]:
    """Build a general message to a provider's inbox."""
    return {
        "resourceType": "Communication",
        "identifier": [{"system": IMAGE_SYSTEM, "value": identifier}],
        "status": "completed",
        "subject": {"reference": patient_reference},
        "sent": auckland(sent),
        "recipient": [{"reference": recipient_reference}],
        "sender": {"reference": sender_reference},
        "payload": [{"contentString": text}],
    }


def task(
    *,
    identifier: str,
    patient_reference: str,
    requester_reference: str,
    owner_reference: str,
    authored: datetime,
    description: str,
    due: date | None = None,
) -> dict[str, Any]:
    """Build a task for a provider; `due` is the last day it should be done."""
    resource: dict[str, Any] = {
        "resourceType": "Task",
        "identifier": [{"system": IMAGE_SYSTEM, "value": identifier}],
        "status": "requested",
        "intent": "order",
        "description": description,
        "for": {"reference": patient_reference},
        "authoredOn": auckland(authored),
        "requester": {"reference": requester_reference},
        "owner": {"reference": owner_reference},
    }
    if due is not None:
        resource["restriction"] = {"period": {"end": due.isoformat()}}
    return resource
