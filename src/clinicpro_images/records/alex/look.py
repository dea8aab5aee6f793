"""Searches for what was written: the queries that ALEX may answer, and what a hit shows of a resource.

ALEX publishes which queries work for other folders, none for Scan; every published patient search has a `type`. Each
query is a shape, tried in this order; whether one can be trusted is decided per practice (see `commits/sight.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from clinicpro_images.records.alex import roles
from clinicpro_images.records.alex.fhir import CallContext, FhirClient, token_query
from clinicpro_images.records.alex.records import (
    NHI_SYSTEM,
    identifier_values,
    is_fhir_id,
    names_another,
)
from clinicpro_images.records.alex.resources import (
    IMAGE_SYSTEM,
    PHOTO_TYPE,
    auckland,
    plain_title,
    without_suffix,
)
from clinicpro_images.records.errors import (
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRejected,
    RecordSystemUnclear,
)
from clinicpro_images.records.protocol import Hit, Look, Sought, WriteKind

_BY_NHI_AND_TYPE = "patient.identifier+type"
_BY_ID_AND_TYPE = "patient._id+type"
_BY_IDENTIFIER = "identifier"
_BY_NHI = "patient.identifier"


@dataclass(frozen=True)
class _Search:
    operation: roles.Operation
    resource_type: str
    shapes: Sequence[str]


_SEARCHES: Mapping[WriteKind, _Search] = {
    "scan": _Search(
        roles.SEARCH_DOCUMENT,
        "DocumentReference",
        (_BY_NHI_AND_TYPE, _BY_ID_AND_TYPE, _BY_IDENTIFIER, _BY_NHI),
    ),
    "media": _Search(roles.SEARCH_MEDIA, "Media", (_BY_NHI, _BY_IDENTIFIER)),
}


def shapes(kind: WriteKind) -> Sequence[str]:
    """Return the queries to try, in order; none for messages and tasks, for which ALEX is not known to answer any."""
    return _SEARCHES[kind].shapes if kind in _SEARCHES else ()


async def look(fhir: FhirClient, shape: str, sought: Sought, *, correlation_id: str) -> Look:
    """Search with one query; raises RecordSystemForbidden if ALEX refuses it, or RecordSystemError."""
    search, query = _SEARCHES.get(sought.kind), _query(shape, sought)
    if search is None or query is None:
        raise RecordSystemForbidden(
            integrator="This can't be searched for: it is a message or task, or has no NHI."
        )
    context = CallContext(sought.facility_id, correlation_id)
    try:
        found = await fhir.search_pages(search.operation, search.resource_type, query, context)
    except (RecordSystemRejected, RecordSystemNotFound) as refusal:
        # ALEX refuses some queries despite the role (observed on UAT): which status it uses says nothing more.
        raise RecordSystemForbidden(
            integrator=refusal.integrator,
            upstream_status=refusal.upstream_status,
            upstream_code=refusal.upstream_code,
            diagnostics=refusal.diagnostics,
        ) from refusal
    hits = [hit for resource in found.resources if (hit := _hit(resource, sought)) is not None]
    # Pages that lead nowhere will not lead anywhere later; only a failed call is worth another try.
    error = None if isinstance(found.error, RecordSystemUnclear) else found.error
    return Look(hits, complete=found.complete, error=error)


def _query(shape: str, sought: Sought) -> str | None:
    photo_type = token_query("type", PHOTO_TYPE.system, PHOTO_TYPE.code)
    by_nhi = token_query("patient.identifier", NHI_SYSTEM, sought.nhi.upper()) if sought.nhi else None
    match shape:
        case "patient.identifier+type":
            return by_nhi and f"{by_nhi}&{photo_type}"
        case "patient.identifier":
            return by_nhi
        case "patient._id+type":
            return f"patient._id={quote(sought.patient_id, safe='')}&{photo_type}"
        case _:
            return token_query("identifier", IMAGE_SYSTEM, sought.identifier)


def _hit(resource: Mapping[str, Any], sought: Sought) -> Hit | None:
    resource_id = resource.get("id")
    if not isinstance(resource_id, str) or not is_fhir_id(resource_id):
        return None
    meta = resource.get("meta")
    return Hit(
        id=resource_id,
        identifiers=identifier_values(resource),
        is_alike=_is_alike(resource, sought),
        is_others=names_another(resource, sought.patient_id, sought.nhi),
        stored_at=_moment(meta.get("lastUpdated") if isinstance(meta, dict) else None),
    )


def _is_alike(resource: Mapping[str, Any], sought: Sought) -> bool:
    """Return whether patient, title and date are those of the image sought."""
    if not sought.title or sought.taken is None:
        return False
    subject = resource.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else None
    stored, sent = _moment(resource.get("date") or resource.get("createdDateTime")), auckland(sought.taken)
    return (
        isinstance(reference, str)
        and reference.rsplit("/", 1)[-1].casefold() == sought.patient_id.casefold()
        and stored == datetime.fromisoformat(sent)
        and without_suffix(_attachment_title(resource)) == plain_title(sought.title)
    )


def _attachment_title(resource: Mapping[str, Any]) -> str:
    content = resource.get("content")
    if isinstance(content, list):  # a DocumentReference's; Media has one attachment
        first = content[0] if content and isinstance(content[0], dict) else {}
        content = first.get("attachment")
    title = content.get("title") if isinstance(content, dict) else None
    return title if isinstance(title, str) else ""


def _moment(value: object) -> datetime | None:
    """Return an aware time; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
