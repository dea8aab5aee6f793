"""Endpoints of the resources that vendors can add to a patient's record: create, read and search.

ALEX has no way to change or delete them.
"""

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alex_sandbox import errors
from alex_sandbox.behaviour import Behaviour
from alex_sandbox.clock import instant
from alex_sandbox.fhir.bundles import searchset
from alex_sandbox.fhir.extensions import apply_extension_setting
from alex_sandbox.fhir.query import PAGE, base_url, record_query, reference_base
from alex_sandbox.fhir.references import References
from alex_sandbox.fhir.responses import FhirResponse
from alex_sandbox.fhir.search import search, stripped
from alex_sandbox.fhir.write_rules import PAYLOAD_LIMIT, check
from alex_sandbox.oauth.access import AccessControl
from alex_sandbox.storage.stored_resources import StoredResource, StoredResources

WRITABLE = ("DocumentReference", "Media", "Communication", "Task")


@dataclass(frozen=True)
class RecordEndpoints:
    """Create, read and search for the four writable resource types."""

    access: AccessControl
    stored: StoredResources
    behaviour: Callable[[], Behaviour]
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def routes(self) -> list[Route]:
        """Return the routes under the FHIR base."""
        return [
            Route("/FHIR/Binary/{id}", self.binary),
            *self._of_types(),
        ]

    def _of_types(self) -> list[Route]:
        return [
            route
            for resource_type in WRITABLE
            for route in (
                Route(f"/FHIR/{resource_type}", self.collection, methods=["GET", "POST"]),
                Route(f"/FHIR/{resource_type}/{{id}}", self.read),
            )
        ]

    async def collection(self, request: Request) -> FhirResponse:
        """`POST /{type}` creates, `GET /{type}` searches."""
        resource_type = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            return await self._create(request, resource_type)
        return await self._search(request, resource_type)

    async def read(self, request: Request) -> FhirResponse:
        """`GET /{type}/{id}`: found only at the facility where it was written."""
        resource_type = request.url.path.split("/")[2]
        facility = self.access.check(request, resource_type, "read")
        behaviour = self.behaviour()
        if resource_type == "DocumentReference" and not behaviour.earlier_scans:
            raise errors.authorization_failed("Scan documents can't be read (earlierScans).")
        stored = self.stored.find(request.path_params["id"])
        if stored is None or (stored.type, stored.facility) != (resource_type, facility.id):
            raise errors.resource_id_not_found()
        resource = await self._with_content(stored)
        if behaviour.search_shows == "stripped":
            resource = stripped(resource)
        return FhirResponse(resource, headers={"ETag": _etag(stored)})

    async def binary(self, request: Request) -> Response:
        """`GET /Binary/{key}`: the bytes of an attachment, found only at the facility where it was written."""
        facility = self.access.check(request, "Binary", "read")
        stored = self.stored.find(request.path_params["id"])
        if stored is None or stored.facility != facility.id or not stored.content_type:
            raise errors.resource_id_not_found()
        if stored.type == "DocumentReference" and not self.behaviour().earlier_scans:
            raise errors.authorization_failed("Scan documents can't be read (earlierScans).")
        return Response(await self.stored.content(stored), media_type=stored.content_type)

    async def _create(self, request: Request, resource_type: str) -> FhirResponse:
        facility = self.access.check(request, resource_type, "write")
        behaviour = self.behaviour()
        resource = await _parsed_body(request, resource_type)
        accepted = check(resource, References(reference_base(request), facility), behaviour)
        resource = _without_content(apply_extension_setting(resource, behaviour.extensions))
        now = instant(self.now())
        # The server assigns the id and ignores one sent by the client.
        resource = {**resource, "id": self.new_id(), "meta": {"versionId": "1", "lastUpdated": now}}
        stored, new = await self.stored.write(
            resource,
            accepted,
            facility=facility.id,
            correlation_id=request.scope["alex_sandbox.correlation_id"],
            written=now,
            unique=behaviour.duplicates != "second",
        )
        if not new and behaviour.duplicates == "conflict":
            raise errors.OutcomeRefusal(
                409, "duplicate", "Request is invalid.", "The identifier already exists."
            )
        body = await self._with_content(stored) if behaviour.echo_content else stored.resource
        location = f"{base_url(request)}/{resource_type}/{stored.id}/_history/1"
        return FhirResponse(body, 201 if new else 200, {"Location": location, "ETag": _etag(stored)})

    async def _search(self, request: Request, resource_type: str) -> FhirResponse:
        facility = self.access.check(request, resource_type, "read")
        behaviour, now = self.behaviour(), self.now()
        query = record_query(request, behaviour.search_parameters(resource_type))
        if resource_type == "DocumentReference" and not behaviour.earlier_scans:
            raise errors.authorization_failed("Scan documents can't be read (earlierScans).")
        page = search(
            [stored for stored in self.stored.all() if stored.type == resource_type],
            query,
            facility=facility,
            facilities=self.access.seed.facilities,
            behaviour=behaviour,
            base=base_url(request),
            now=now,
        )
        next_url = None
        if page.next is not None:
            next_url = str(request.url.include_query_params(**{PAGE: page.next}))
        bundle = searchset(
            str(request.url), base_url(request), page.resources, total=page.total, next_url=next_url
        )
        return FhirResponse(bundle)

    async def _with_content(self, stored: StoredResource) -> dict[str, Any]:
        """Return the resource with its attachment's bytes."""
        resource = copy.deepcopy(stored.resource)
        attachment = attachment_of(resource)
        if attachment is not None:
            attachment["data"] = base64.b64encode(await self.stored.content(stored)).decode()
        return resource


def attachment_of(resource: dict[str, Any]) -> dict[str, Any] | None:
    """Return the attachment of a DocumentReference or Media; None for the other types."""
    if resource["resourceType"] == "DocumentReference":
        attachment: dict[str, Any] = resource["content"][0]["attachment"]
        return attachment
    return resource["content"] if resource["resourceType"] == "Media" else None


async def _parsed_body(request: Request, resource_type: str) -> dict[str, Any]:
    """Return the body as a resource of this type. Raises Refusal."""
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
    stripped = copy.deepcopy(resource)
    attachment = attachment_of(stripped)
    if attachment is not None:
        attachment.pop("data", None)
    return stripped


def _etag(stored: StoredResource) -> str:
    return f'W/"{stored.resource["meta"]["versionId"]}"'
