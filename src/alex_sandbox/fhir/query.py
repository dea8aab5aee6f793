"""Search queries that ALEX supports: known parameters in known combinations. Any other query gets 403."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from alex_sandbox.errors import ManagementRefusal, authorization_failed
from alex_sandbox.fhir.directory import NHI_SYSTEM

FHIR_BASE = "/FHIR"
PAGE = "_page"
_IDS = ("_id", "patient._id")


@dataclass(frozen=True)
class Query:
    """A search: its parameters as (system, value), with an empty system for an id, and the page, from 1."""

    parameters: Mapping[str, tuple[str, str]]
    page: int


def record_query(request: Request, shapes: tuple[str, ...]) -> Query:
    """Return a search whose parameters are together one of `shapes` ("patient.identifier+type"). Raises Refusal."""
    given = parameters(request)
    page = next((value for name, value in given if name == PAGE), "1")
    given = [(name, value) for name, value in given if name != PAGE]
    names = sorted(name for name, _ in given)
    if not page.isdecimal() or names not in [sorted(shape.split("+")) for shape in shapes]:
        raise authorization_failed(f"The supported queries are: {' or '.join(shapes) or 'none'}.")
    return Query({name: _value(name, value) for name, value in given}, max(1, int(page)))


def _value(name: str, value: str) -> tuple[str, str]:
    system, bar, code = value.rpartition("|")
    if name in _IDS:
        return "", value
    if name == "patient.identifier" and not bar:
        return NHI_SYSTEM, code  # "If the system is not supplied, the NHI is assumed" (Medtech's guide).
    if not system or not code:
        raise authorization_failed(f"{name} must be <system>%7C<value>.")
    return system, code


def parameters(request: Request) -> list[tuple[str, str]]:
    """Return the query's names and values in order; raises ManagementRefusal for a raw bar."""
    raw = request.scope["query_string"]
    if b"|" in raw:
        # The web server in front of ALEX does not accept a raw `|` in a URL.
        raise ManagementRefusal(400, "Bad Request", "A | in a query must be sent as %7C.")
    return parse_qsl(raw.decode("latin-1"), keep_blank_values=True)


def token_parameter(request: Request, allowed: tuple[str, ...]) -> tuple[str, str, str]:
    """Return name, system and value of the only parameter. Raises Refusal for any other query."""
    given = parameters(request)
    if len(given) != 1 or given[0][0] not in allowed:
        queries = " or ".join(f"{name}=<system>%7C<value>" for name in allowed) or "none"
        raise authorization_failed(f"The supported queries are: {queries}.")
    name, value = given[0]
    system, bar, code = value.partition("|")
    if not bar or not system or not code:
        raise authorization_failed(f"{name} must be <system>%7C<value>.")
    return name, system, code


def base_url(request: Request) -> str:
    """Return the FHIR base URL that the client used: `http://127.0.0.1:8090/FHIR`."""
    return f"{request.url.scheme}://{request.url.netloc}{FHIR_BASE}"


def reference_base(request: Request) -> str:
    """Return the base URL of references in written resources: the same, but with `/fhir`."""
    return f"{request.url.scheme}://{request.url.netloc}{FHIR_BASE.lower()}"
