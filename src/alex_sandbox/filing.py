"""Writes into the practice's record, and reading back what was written. Nothing can be changed or deleted."""

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from alex_sandbox import errors
from alex_sandbox.access import Gate
from alex_sandbox.bundles import searchset
from alex_sandbox.clock import instant
from alex_sandbox.directory import NHI_SYSTEM
from alex_sandbox.extensions import treat
from alex_sandbox.query import lower_case_base, own_base, token_parameter
from alex_sandbox.records import Record, Records
from alex_sandbox.references import References
from alex_sandbox.responses import FhirResponse
from alex_sandbox.seed import Facility
from alex_sandbox.settings import Behaviour
from alex_sandbox.write_rules import PAYLOAD_LIMIT, check

WRITABLE = ("DocumentReference", "Media", "Communication", "Task")


@dataclass(frozen=True)
class Filing:
    """POST, read and search of the four types that ALEX lets a vendor write."""

    gate: Gate
    records: Records
    behaviour: Callable[[], Behaviour]
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def routes(self) -> list[Route]:
        """Under the FHIR base; the type is in the path."""
        return [
            route
            for resource_type in WRITABLE
            for route in (
                Route(f"/FHIR/{resource_type}", self.collection, methods=["GET", "POST"]),
                Route(f"/FHIR/{resource_type}/{{id}}", self.read),
            )
        ]

    async def collection(self, request: Request) -> FhirResponse:
        """`POST` writes, `GET` searches."""
        resource_type = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            return await self._write(request, resource_type)
        return await self._search(request, resource_type)

    async def read(self, request: Request) -> FhirResponse:
        """`GET /{type}/{id}`: visible in the facility it was written in only."""
        resource_type = request.url.path.split("/")[2]
        facility = self.gate.admit(request, resource_type, "read")
        record = self.records.find(request.path_params["id"])
        if record is None or (record.type, record.facility) != (resource_type, facility.id):
            raise errors.resource_id_not_found()
        return FhirResponse(await self._whole(record), headers={"ETag": _etag(record)})

    async def _write(self, request: Request, resource_type: str) -> FhirResponse:
        facility = self.gate.admit(request, resource_type, "write")
        behaviour = self.behaviour()
        resource = await _resource(request, resource_type)
        accepted = check(resource, References(lower_case_base(request), facility), behaviour)
        resource = _without_content(treat(resource, behaviour.extensions))
        now = instant(self.now())
        # An id sent by the caller counts for nothing: the server gives its own.
        resource = {**resource, "id": self.new_id(), "meta": {"versionId": "1", "lastUpdated": now}}
        record, new = await self.records.write(
            resource,
            accepted,
            facility=facility.id,
            correlation_id=request.scope["alex_sandbox.correlation_id"],
            written=now,
            unique=behaviour.duplicates != "second",
        )
        if not new and behaviour.duplicates == "conflict":
            raise errors.OutcomeRefusal(409, "duplicate", "Request is invalid.", "The identifier is taken.")
        body = await self._whole(record) if behaviour.echo_content else record.resource
        location = f"{own_base(request)}/{resource_type}/{record.id}/_history/1"
        return FhirResponse(body, 201 if new else 200, {"Location": location, "ETag": _etag(record)})

    async def _search(self, request: Request, resource_type: str) -> FhirResponse:
        facility = self.gate.admit(request, resource_type, "read")
        name, system, value = token_parameter(request, self.behaviour().search_shapes(resource_type))
        visible_before = self.now() - timedelta(seconds=self.behaviour().searchable_after_seconds)
        found = [
            record.resource
            for record in self.records.all()
            if (record.type, record.facility) == (resource_type, facility.id)
            and record.written <= instant(visible_before)
            and _matches(record, facility, name, system, value)
        ]
        return FhirResponse(searchset(str(request.url), own_base(request), found))

    async def _whole(self, record: Record) -> dict[str, Any]:
        """The resource with its attachment's bytes put back."""
        resource = copy.deepcopy(record.resource)
        attachment = attachment_of(resource)
        if attachment is not None:
            attachment["data"] = base64.b64encode(await self.records.content(record)).decode()
        return resource


def attachment_of(resource: dict[str, Any]) -> dict[str, Any] | None:
    """The one attachment of a DocumentReference or Media; None for the other types."""
    if resource["resourceType"] == "DocumentReference":
        attachment: dict[str, Any] = resource["content"][0]["attachment"]
        return attachment
    return resource["content"] if resource["resourceType"] == "Media" else None


async def _resource(request: Request, resource_type: str) -> dict[str, Any]:
    """The body as a resource of the type in the path; Refusal otherwise."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/fhir+json":
        raise errors.not_supported("Content-Type must be application/fhir+json.")
    body = await request.body()
    if len(body) >= PAYLOAD_LIMIT:
        raise errors.ManagementRefusal(413, "Request entity too large", "The payload must be under 8 MB.")
    try:
        resource = json.loads(body)
    except ValueError as error:
        raise errors.invalid(f"The body is not JSON: {error}") from error
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        raise errors.invalid(f"The body is not a {resource_type}.")
    return resource


def _without_content(resource: dict[str, Any]) -> dict[str, Any]:
    kept = copy.deepcopy(resource)
    attachment = attachment_of(kept)
    if attachment is not None:
        attachment.pop("data", None)
    return kept


def _matches(record: Record, facility: Facility, name: str, system: str, value: str) -> bool:
    if name == "identifier":
        return (record.identifier_system, record.identifier_value) == (system, value)
    # The chain by NHI finds what was written for any record that carries it.
    patient = facility.patient(record.patient)
    return system == NHI_SYSTEM and patient is not None and patient.nhi == value


def _etag(record: Record) -> str:
    return f'W/"{record.resource["meta"]["versionId"]}"'
