"""Search queries that ALEX supports: one known parameter with `system%7Cvalue`. Any other query gets 403."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from alex_sandbox.errors import ManagementRefusal, authorization_failed

FHIR_BASE = "/FHIR"


def token_parameter(request: Request, allowed: tuple[str, ...]) -> tuple[str, str, str]:
    """Return name, system and value of the only parameter. Raises Refusal for any other query."""
    raw = request.scope["query_string"]
    if b"|" in raw:
        # The web server in front of ALEX does not accept a raw `|` in a URL.
        raise ManagementRefusal(400, "Bad Request", "A | in a query must be sent as %7C.")
    parameters = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    if len(parameters) != 1 or parameters[0][0] not in allowed:
        queries = " or ".join(f"{name}=<system>%7C<value>" for name in allowed) or "none"
        raise authorization_failed(f"The supported queries are: {queries}.")
    name, value = parameters[0]
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
