"""FHIR over one exchange: read a resource, search page by page, create; each answer checked for what it is."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yarl import URL

from clinicpro_images.records.alex.body import AttachedBody
from clinicpro_images.records.alex.errors import outcome
from clinicpro_images.records.alex.records import entries, is_fhir_id, next_page
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.alex.transport import FHIR_JSON, Call, Transport
from clinicpro_images.records.errors import AlexUnclear

_MOST_PAGES = 50


@dataclass(frozen=True)
class CallContext:
    """In which facility a call is made, and the id that follows it everywhere."""

    facility_id: str | None
    correlation_id: str


@dataclass(frozen=True)
class Created:
    """What ALEX made of a write: the new resource's id, 201 (or 200 for one it had already), and its address."""

    id: str
    status: int
    location: str


def token_query(parameter: str, system: str, value: str) -> str:
    """Write a token search such as `identifier=system%7Cvalue`; ALEX wants the bar percent-encoded (seen on UAT)."""
    return f"{parameter}={quote(f'{system}|{value}', safe=':/')}"


class Fhir:
    """The three things done with FHIR resources."""

    def __init__(self, base_url: str, exchange: Transport) -> None:
        """`base_url` has no trailing slash."""
        self._base_url = base_url
        self._exchange = exchange

    async def read(self, operation: Operation, path: str, errand: CallContext) -> dict[str, Any]:
        """Read one resource; raises AlexError."""
        return await self._get(operation, f"{self._base_url}/{path}", errand)

    async def search(
        self, operation: Operation, resource_type: str, query: str, errand: CallContext
    ) -> list[Mapping[str, Any]]:
        """Return all resources of the type that match, from every page; raises AlexError."""
        first = f"{self._base_url}/{resource_type}"
        url = f"{first}?{query}" if query else first
        found: list[Mapping[str, Any]] = []
        for _ in range(_MOST_PAGES):
            bundle = await self._get(operation, url, errand)
            with answer_checked(operation, bundle):
                found += entries(bundle, resource_type)
            link = next_page(bundle)
            if link is None:
                return found
            # Only the query is followed: a link must not lead the token to another host.
            url = f"{first}?{link.partition('?')[2]}"
        raise AlexUnclear(integrator=f"ALEX's answer has more than {_MOST_PAGES} pages.")

    async def create(
        self,
        operation: Operation,
        resource_type: str,
        body: AttachedBody | Mapping[str, Any],
        errand: CallContext,
    ) -> Created:
        """Create a resource; raises AlexError, AlexUnclear where it was created and its id was not said."""
        content = body if isinstance(body, AttachedBody) else json.dumps(body, ensure_ascii=False).encode()
        url = URL(f"{self._base_url}/{resource_type}", encoded=True)
        call = Call(operation, "POST", url, errand.facility_id, errand.correlation_id, FHIR_JSON, content)
        reply = await self._exchange.send(call)
        location = reply.headers.get("Location", "")
        # The Location comes first, because it spares reading an answer that repeats the picture.
        at = re.search(rf"/{resource_type}/([^/?#]+)", location)
        created_id = at[1] if at else _id_of(reply.body, resource_type)
        if not is_fhir_id(created_id):
            raise AlexUnclear(
                integrator=f"ALEX answered {reply.status} to a write, without the new resource's id.",
                alex_status=reply.status,
            )
        return Created(created_id, reply.status, location)

    async def _get(self, operation: Operation, url: str, errand: CallContext) -> dict[str, Any]:
        call = Call(
            operation, "GET", URL(url, encoded=True), errand.facility_id, errand.correlation_id, FHIR_JSON
        )
        reply = await self._exchange.send(call)
        try:
            resource = json.loads(reply.body)
        except ValueError as error:
            raise AlexUnclear(integrator="ALEX's answer is not JSON.", alex_status=reply.status) from error
        if not isinstance(resource, dict):
            raise AlexUnclear(integrator="ALEX's answer is not a FHIR resource.", alex_status=reply.status)
        return resource


@contextmanager
def answer_checked(operation: Operation, answer: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Turn a ValueError about a resource's shape into AlexUnclear, with what ALEX said instead."""
    try:
        yield
    except ValueError as error:
        said = outcome(answer or {})
        raise AlexUnclear(
            integrator=f"To {operation.purpose}, ALEX's answer is not the resource that was asked for.",
            alex_code=said.code,
            alex_diagnostics=said.diagnostics,
        ) from error


def _id_of(body: bytes, resource_type: str) -> str:
    try:
        resource = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        return ""
    found = resource.get("id")
    return found if isinstance(found, str) else ""
