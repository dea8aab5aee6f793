"""FHIR over the transport: read a resource, search page by page, create. Every response is checked for its type."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from yarl import URL

from clinicpro_images.records.alex.body import AttachmentBody
from clinicpro_images.records.alex.bundle import (
    claimed_total,
    count_entries,
    entries,
    has_only_others,
    is_failure,
    next_page,
    trouble_on,
)
from clinicpro_images.records.alex.errors import parse_outcome
from clinicpro_images.records.alex.json_body import read_json
from clinicpro_images.records.alex.records import identifier_values, is_fhir_id, names_another
from clinicpro_images.records.alex.reply_body import SMALL, Bound
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.alex.transport import FHIR_JSON, AlexCall, Reply, Transport
from clinicpro_images.records.errors import (
    RecordSystemAccepted,
    RecordSystemError,
    RecordSystemOtherPatient,
    RecordSystemUnclear,
)

_MAX_PAGES = 50
MAX_LISTED_PAGES = 10
_WITHOUT_DATA = Bound(without_data=True)
_STORED = frozenset({HTTPStatus.OK, HTTPStatus.CREATED})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CallContext:
    """The facility that a call is made for, and the correlation id it carries.

    `nhi` is that of the patient whom a write is for, or empty: it is compared with the answer.
    """

    facility_id: str | None
    correlation_id: str
    nhi: str = ""


@dataclass(frozen=True)
class Created:
    """A successful write: the new resource's id, the status (201, or 200 for an existing resource), and its URL."""

    id: str
    status: int
    location: str


@dataclass(frozen=True)
class SearchResult:
    """What a search returned. Incomplete: a page could not be read, or fewer entries came than the server counts.

    `doubtful`: it is incomplete only in that the server warned of something, or that a cache answered.
    """

    resources: list[Mapping[str, Any]]
    complete: bool = True
    doubtful: bool = False
    error: RecordSystemError | None = None


def token_query(parameter: str, system: str, value: str) -> str:
    """Return a token search such as `identifier=system%7Cvalue`; ALEX needs the bar percent-encoded (observed on UAT)."""
    return f"{parameter}={quote(f'{system}|{value}', safe=':/')}"


class FhirClient:
    """Reads, searches and creates FHIR resources."""

    def __init__(self, base_url: str, transport: Transport) -> None:
        """`base_url` has no trailing slash."""
        self._base_url = base_url
        self._transport = transport

    async def read(
        self, operation: Operation, path: str, context: CallContext, *, bound: Bound = SMALL
    ) -> dict[str, Any]:
        """Read one resource; raises RecordSystemError."""
        return await self._get(operation, f"{self._base_url}/{path}", context, bound)

    async def search(
        self, operation: Operation, resource_type: str, query: str, context: CallContext
    ) -> list[Mapping[str, Any]]:
        """Return all matching resources of the type, from every page; raises RecordSystemError, also if some are missing."""
        found = await self.search_pages(operation, resource_type, query, context)
        if found.error is not None:
            raise found.error
        if not found.complete and not (found.doubtful and found.resources):
            raise RecordSystemUnclear(integrator="ALEX's list is shorter than it says itself.")
        return found.resources

    async def search_pages(
        self,
        operation: Operation,
        resource_type: str,
        query: str,
        context: CallContext,
        *,
        most: int = _MAX_PAGES,
    ) -> SearchResult:
        """Return what at most `most` pages hold, up to the first that can't be read, without the bytes in them.

        Raises RecordSystemError if the first page fails.
        """
        url = f"{self._base_url}/{resource_type}" + (f"?{query}" if query else "")
        found: list[Mapping[str, Any]] = []
        entries_read, total, read, is_doubtful = 0, 0, set[str](), False
        while url not in read and len(read) < most:
            try:
                bundle, is_new = await self._page(operation, url, context)
                with parsing(operation, bundle):
                    found += entries(bundle, resource_type)
                    trouble = trouble_on(bundle)
            except RecordSystemError as error:
                if not read:
                    raise
                return SearchResult(found, complete=False, error=error)
            read.add(url)
            entries_read += count_entries(bundle)
            total = max(total, claimed_total(bundle))
            link = next_page(bundle)
            if trouble == "failed" or link == "":
                return SearchResult(found, complete=False)
            is_doubtful |= trouble is not None or not is_new or has_only_others(bundle, resource_type)
            if link is None:
                is_whole = entries_read >= total
                return SearchResult(
                    found, complete=is_whole and not is_doubtful, doubtful=is_whole and is_doubtful
                )
            url = self._page_url(link, resource_type)
        broken = RecordSystemUnclear(integrator=f"ALEX's pages repeat themselves, or are more than {most}.")
        return SearchResult(found, complete=False, error=broken)

    def _page_url(self, link: str, resource_type: str) -> str:
        """Return the URL of a next page. It never leaves the base, so that a link can't send the token elsewhere."""
        path, _, query = link.partition("?")
        base = URL(self._base_url).path.rstrip("/").casefold()
        at = URL(path, encoded=True).path.rstrip("/")
        # A server may page at its base (`…/FHIR?_getpages=…`) instead of under the resource type.
        inside = at.casefold() == base or at.casefold().startswith(f"{base}/")
        rest = at[len(base) :] if inside and ".." not in at else f"/{resource_type}"
        return f"{self._base_url}{rest}?{query}"

    async def read_raw(
        self, operation: Operation, path: str, context: CallContext, *, bound: Bound = SMALL
    ) -> Reply:
        """Read a resource as it comes, with the headers; raises RecordSystemError."""
        return await self._ask(operation, f"{self._base_url}/{path}", context, bound, accept="*/*")

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
            operation,
            "POST",
            url,
            context.facility_id,
            context.correlation_id,
            FHIR_JSON,
            content,
            bound=_WITHOUT_DATA,  # the response may repeat the image
        )
        reply = await self._transport.send(call)
        answer = _answered(reply)
        location = reply.headers.get("Location", "")
        created_id = _id_of_new(resource_type, reply, answer, location, identifier_values(_resource_in(body)))
        if not is_fhir_id(created_id):
            if reply.status == HTTPStatus.ACCEPTED:
                raise RecordSystemAccepted(upstream_status=reply.status)
            raise RecordSystemUnclear(
                integrator=f"ALEX answered {reply.status} to a write, without the new resource's id.",
                upstream_status=reply.status,
            )
        if names_another(answer, _patient_of(_resource_in(body)), context.nhi):
            _log.error(
                "alex.other-patient",
                message="ALEX's response to a write names another patient.",
                correlation_id=context.correlation_id,
            )
            raise RecordSystemOtherPatient(upstream_status=reply.status)
        return Created(created_id, reply.status, location)

    async def _page(
        self, operation: Operation, url: str, context: CallContext
    ) -> tuple[dict[str, Any], bool]:
        """Return a page of a search, and whether it was made for this request: a cache may have kept an older one."""
        reply = await self._ask(operation, url, context, _WITHOUT_DATA)
        age = reply.headers.get("Age", "0").strip()
        return _resource(reply), age == "0"

    async def _get(
        self, operation: Operation, url: str, context: CallContext, bound: Bound
    ) -> dict[str, Any]:
        return _resource(await self._ask(operation, url, context, bound))

    async def _ask(
        self, operation: Operation, url: str, context: CallContext, bound: Bound, *, accept: str = FHIR_JSON
    ) -> Reply:
        call = AlexCall(
            operation,
            "GET",
            URL(url, encoded=True),
            context.facility_id,
            context.correlation_id,
            accept,
            bound=bound,
        )
        return await self._transport.send(call)


def _resource(reply: Reply) -> dict[str, Any]:
    if reply.status == HTTPStatus.PARTIAL_CONTENT:
        raise RecordSystemUnclear(
            integrator="ALEX sent a part of its response.", upstream_status=reply.status
        )
    try:
        resource = read_json(reply.body)
    except ValueError as error:
        raise RecordSystemUnclear(
            integrator="ALEX's response is not JSON.", upstream_status=reply.status
        ) from error
    if not isinstance(resource, dict):
        raise RecordSystemUnclear(
            integrator="ALEX's response is not a FHIR resource.", upstream_status=reply.status
        )
    if resource.get("resourceType") != "OperationOutcome" and is_failure(resource):
        raise RecordSystemUnclear(
            integrator="ALEX's response has an error inside.", upstream_status=reply.status
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


def _resource_in(body: AttachmentBody | Mapping[str, Any]) -> Mapping[str, Any]:
    return body.resource if isinstance(body, AttachmentBody) else body


def _patient_of(resource: Mapping[str, Any]) -> str:
    """Return the id of the patient that a resource is about; empty if it doesn't say."""
    subject = resource.get("subject", resource.get("for"))
    reference = subject.get("reference", "") if isinstance(subject, Mapping) else ""
    return str(reference).rpartition("Patient/")[2]


def _answered(reply: Reply) -> Mapping[str, Any]:
    """Return what a write was answered with; empty if it can't be read. Raises RecordSystemUnclear if that is an error."""
    try:
        answer = read_json(reply.body)
    except ValueError:
        return {}
    if not isinstance(answer, dict):
        return {}
    if answer.get("resourceType") == "OperationOutcome" and is_failure(answer):
        outcome = parse_outcome(answer)
        raise RecordSystemUnclear(
            integrator=f"ALEX answered {reply.status} to a write, and that it failed.",
            upstream_status=reply.status,
            upstream_code=outcome.code,
            diagnostics=outcome.diagnostics,
        )
    return answer


def _id_of_new(
    resource_type: str, reply: Reply, answer: Mapping[str, Any], location: str, ours: frozenset[str]
) -> str:
    """Return the id by its URL, or by the resource itself; empty if nothing says that it has been stored.

    A resource whose identifiers are all others than `ours` is another one, unless 201 and a URL say that it is new: the
    record system may keep identifiers of its own.
    """
    match = re.search(rf"/{resource_type}/([^/?#]+)", location)
    is_new = match is not None and reply.status == HTTPStatus.CREATED
    theirs = {each.casefold() for each in identifier_values(answer)}
    if not is_new and theirs and theirs.isdisjoint(each.casefold() for each in ours):
        return ""
    if match and reply.status in _STORED:
        return match[1]
    found = answer.get("id") if answer.get("resourceType") == resource_type else None
    return found if isinstance(found, str) else ""
