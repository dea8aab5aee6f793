"""What a search shows of written resources: everything, less, nothing, or the wrong thing, as the settings say."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alex_sandbox.behaviour import Behaviour
from alex_sandbox.clock import instant
from alex_sandbox.errors import OutcomeRefusal
from alex_sandbox.fhir.directory import NHI_SYSTEM
from alex_sandbox.fhir.query import Query
from alex_sandbox.seed import SeedFacility
from alex_sandbox.storage.stored_resources import StoredResource

# The profile of what DocumentReference reads return (HL7 NZ's repository, 2021) lists these as 0..0.
_STRIPPED = ("identifier", "author", "description", "relatesTo", "securityLabel", "context")
_CONSULT_NOTE = {"system": "http://loinc.org", "code": "11488-4", "display": "Consult note"}


@dataclass(frozen=True)
class Page:
    """One page of a search's result; `next` is the number of the page that its link leads to."""

    resources: list[dict[str, Any]]
    total: int
    next: int | None


def search(
    candidates: Sequence[StoredResource],
    query: Query,
    *,
    facility: SeedFacility,
    facilities: Mapping[str, SeedFacility],
    behaviour: Behaviour,
    base: str,
    now: datetime,
) -> Page:
    """Return a page of what the search shows of `candidates`. Raises Refusal if it breaks off."""
    visible_before = instant(now - timedelta(seconds=behaviour.searchable_after_seconds))
    visible = [stored for stored in candidates if stored.written <= visible_before]
    shows = behaviour.search_shows
    if shows == "other-facility":
        visible = [stored for stored in visible if stored.facility != facility.id]
    else:
        visible = [stored for stored in visible if stored.facility == facility.id]
    if shows != "parameters-ignored":
        visible = [stored for stored in visible if _matches(stored, facilities[stored.facility], query)]
    if shows == "nothing":
        visible = []
    shown = [_shown(stored, base) for stored in visible]
    if shows == "stripped":
        shown = [stripped(resource) for resource in shown]
    if shows == "other-types":
        shown = [_as_consult_note(resource) for resource in shown]
    return _page(shown, query.page, behaviour)


def stripped(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource without the elements that ALEX may not return."""
    return {name: value for name, value in resource.items() if name not in _STRIPPED}


def _matches(stored: StoredResource, facility: SeedFacility, query: Query) -> bool:
    return all(
        _matches_one(stored, facility, name, system, value)
        for name, (system, value) in query.parameters.items()
    )


def _matches_one(stored: StoredResource, facility: SeedFacility, name: str, system: str, value: str) -> bool:
    match name:
        case "identifier":
            return (stored.identifier_system, stored.identifier_value) == (system, value)
        case "_id":
            return stored.id == value
        case "patient._id":
            return stored.patient == value
        case "type":
            return (system, value) in _codes(stored.resource)
    # A chained search by NHI finds resources of every patient record with that NHI.
    patient = facility.patient(stored.patient)
    return system == NHI_SYSTEM and patient is not None and patient.nhi == value


def _codes(resource: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(coding.get("system", ""), coding.get("code", "")) for coding in resource["type"]["coding"]]


def _shown(stored: StoredResource, base: str) -> dict[str, Any]:
    """Return the resource with a link to its attachment's bytes instead of the bytes."""
    resource = copy.deepcopy(stored.resource)
    if stored.type == "DocumentReference":
        resource["content"][0]["attachment"] |= {"url": f"{base}/Binary/{stored.id}", "size": stored.size}
    if stored.type == "Media":
        resource["content"] |= {"url": f"{base}/Binary/{stored.id}", "size": stored.size}
    return resource


def _as_consult_note(resource: dict[str, Any]) -> dict[str, Any]:
    """Return another document of the same patient: what a server shows that ignores the type asked for."""
    other = stripped(resource) | {"id": resource["id"][::-1]}
    if resource["resourceType"] == "DocumentReference":
        attachment = {"contentType": "text/plain", "title": "Consultation"}
        other |= {"type": {"coding": [_CONSULT_NOTE]}, "content": [{"attachment": attachment}]}
    return other


def _page(shown: list[dict[str, Any]], number: int, behaviour: Behaviour) -> Page:
    size = behaviour.search_page_size
    if size == 0:
        return Page(shown, len(shown), None)
    if number > 1 and behaviour.search_breaks_off == "error":
        raise OutcomeRefusal(500, "exception", "An unexpected error occurred.", "searchBreaksOff is error.")
    last = number * size >= len(shown)
    following = None if last else number + 1
    if behaviour.search_breaks_off == "silently":
        following = None
    if behaviour.search_breaks_off == "repeats" and not last:
        following = number
    return Page(shown[(number - 1) * size : number * size], len(shown), following)
