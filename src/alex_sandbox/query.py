"""The query shapes ALEX answers: one known parameter, `system%7Cvalue`; every other shape is 403."""

from urllib.parse import parse_qsl

from starlette.requests import Request

from alex_sandbox.errors import ManagementRefusal, authorization_failed

FHIR_BASE = "/FHIR"


def token_parameter(request: Request, allowed: tuple[str, ...]) -> tuple[str, str, str]:
    """Name, system and value of the only parameter; Refusal for any other shape."""
    raw = request.scope["query_string"]
    if b"|" in raw:
        # The web server in front of ALEX takes no raw bar in a URL.
        raise ManagementRefusal(400, "Bad Request", "The bar in a query must be sent as %7C.")
    parameters = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    if len(parameters) != 1 or parameters[0][0] not in allowed:
        shapes = " or ".join(f"{name}=<system>%7C<value>" for name in allowed) or "none"
        raise authorization_failed(f"A search here has exactly this shape: {shapes}.")
    name, value = parameters[0]
    system, bar, code = value.partition("|")
    if not bar or not system or not code:
        raise authorization_failed(f"{name} is <system>%7C<value>.")
    return name, system, code


def own_base(request: Request) -> str:
    """The FHIR base under which the caller reached this server: `http://127.0.0.1:8090/FHIR`."""
    return f"{request.url.scheme}://{request.url.netloc}{FHIR_BASE}"


def lower_case_base(request: Request) -> str:
    """The base that references in written resources carry: the same with `/fhir`."""
    return f"{request.url.scheme}://{request.url.netloc}{FHIR_BASE.lower()}"
