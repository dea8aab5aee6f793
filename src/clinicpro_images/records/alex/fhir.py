"""FHIR over the transport: read a resource, search page by page, create. Every response is checked for its type."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yarl import URL

from clinicpro_images.records.alex.body import AttachmentBody
from clinicpro_images.records.alex.errors import parse_outcome
from clinicpro_images.records.alex.records import entries, is_fhir_id, next_page
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.alex.transport import FHIR_JSON, AlexCall, Transport
from clinicpro_images.records.errors import RecordSystemError, RecordSystemUnclear

_MAX_PAGES = 50
_MAX_LISTED_PAGES = 10


@dataclass(frozen=True)
class CallContext:
    """The facility that a call is made for, and the correlation id it carries."""

    facility_id: str | None
    correlation_id: str


@dataclass(frozen=True)
class Created:
    """A successful write: the new resource's id, the status (201, or 200 for an existing resource), and its URL."""

    id: str
    status: int
    location: str


def token_query(parameter: str, system: str, value: str) -> str:
    """Return a token search such as `identifier=system%7Cvalue`; ALEX needs the bar percent-encoded (observed on UAT)."""
    return f"{parameter}={quote(f'{system}|{value}', safe=':/')}"


class FhirClient:
    """Reads, searches and creates FHIR resources."""

    def __init__(self, base_url: str, transport: Transport) -> None:
        """`base_url` has no trailing slash."""
        self._base_url = base_url
        self._transport = transport

    async def read(self, operation: Operation, path: str, context: CallContext) -> dict[str, Any]:
        """Read one resource; raises RecordSystemError."""
        return await self._get(operation, f"{self._base_url}/{path}", context)

    async def search(
        self, operation: Operation, resource_type: str, query: str, context: CallContext
    ) -> list[Mapping[str, Any]]:
        """Return all matching resources of the type, from every page; raises RecordSystemError."""
        first = f"{self._base_url}/{resource_type}"
        url = f"{first}?{query}" if query else first
        found: list[Mapping[str, Any]] = []
        for _ in range(_MAX_PAGES):
            bundle = await self._get(operation, url, context)
            with parsing(operation, bundle):
                found += entries(bundle, resource_type)
            link = next_page(bundle)
            if link is None:
                return found
            # Only the link's query is used, so that a link can't send the token to another host.
            url = f"{first}?{link.partition('?')[2]}"
        raise RecordSystemUnclear(integrator=f"ALEX's response has more than {_MAX_PAGES} pages.")

    async def search_pages(
        self, operation: Operation, resource_type: str, query: str, context: CallContext
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """As `search`, but return what the first pages hold, and whether that is everything; for lists that people read.

        Raises RecordSystemError if the first page fails.
        """
        first = f"{self._base_url}/{resource_type}"
        url, found = f"{first}?{query}", list[Mapping[str, Any]]()
        for number in range(_MAX_LISTED_PAGES):
            try:
                bundle = await self._get(operation, url, context)
                with parsing(operation, bundle):
                    found += entries(bundle, resource_type)
            except RecordSystemError:
                if number == 0:
                    raise
                return found, False
            link = next_page(bundle)
            if link is None:
                total = bundle.get("total")
                return found, not isinstance(total, int) or total <= len(found)
            url = f"{first}?{link.partition('?')[2]}"
        return found, False

    async def read_bytes(self, operation: Operation, path: str, context: CallContext) -> bytes:
        """Read a resource's body as it comes; raises RecordSystemError."""
        url = URL(f"{self._base_url}/{path}", encoded=True)
        call = AlexCall(operation, "GET", url, context.facility_id, context.correlation_id, "*/*")
        return (await self._transport.send(call)).body

    async def create(
        self,
        operation: Operation,
        resource_type: str,
        body: AttachmentBody | Mapping[str, Any],
        context: CallContext,
    ) -> Created:
        """Create a resource; raises RecordSystemError, RecordSystemUnclear if it was created and its id is missing."""
        content = body if isinstance(body, AttachmentBody) else json.dumps(body, ensure_ascii=False).encode()
        url = URL(f"{self._base_url}/{resource_type}", encoded=True)
        call = AlexCall(
            operation, "POST", url, context.facility_id, context.correlation_id, FHIR_JSON, content
        )
        reply = await self._transport.send(call)
        location = reply.headers.get("Location", "")
        # Location first: it avoids parsing a body that repeats the image.
        match = re.search(rf"/{resource_type}/([^/?#]+)", location)
        created_id = match[1] if match else _resource_id(reply.body, resource_type)
        if not is_fhir_id(created_id):
            raise RecordSystemUnclear(
                integrator=f"ALEX answered {reply.status} to a write, without the new resource's id.",
                upstream_status=reply.status,
            )
        return Created(created_id, reply.status, location)

    async def _get(self, operation: Operation, url: str, context: CallContext) -> dict[str, Any]:
        call = AlexCall(
            operation, "GET", URL(url, encoded=True), context.facility_id, context.correlation_id, FHIR_JSON
        )
        reply = await self._transport.send(call)
        try:
            resource = json.loads(reply.body)
        except ValueError as error:
            raise RecordSystemUnclear(
                integrator="ALEX's response is not JSON.", upstream_status=reply.status
            ) from error
        if not isinstance(resource, dict):
            raise RecordSystemUnclear(
                integrator="ALEX's response is not a FHIR resource.", upstream_status=reply.status
            )
        return resource


@contextmanager
def parsing(operation: Operation, response: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Turn a ValueError from parsing into RecordSystemUnclear, with any OperationOutcome that was sent instead."""
    try:
        yield
    except ValueError as error:
        outcome = parse_outcome(response or {})
        raise RecordSystemUnclear(
            integrator=f"ALEX's response is not the expected resource (tried to {operation.purpose}).",
            upstream_code=outcome.code,
            diagnostics=outcome.diagnostics,
        ) from error


def _resource_id(body: bytes, resource_type: str) -> str:
    try:
        resource = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        return ""
    found = resource.get("id")
    return found if isinstance(found, str) else ""
