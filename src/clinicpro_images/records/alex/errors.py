"""Translates responses of ALEX and its API management, and network failures, into the errors of `records/errors.py`."""

import errno
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from clinicpro_images.records.alex.json_body import read_json
from clinicpro_images.records.alex.roles import CREATE_DOCUMENT, CREATE_MEDIA, DECODE_LAUNCH, Operation
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PatientUnknown,
    PracticeOffline,
    PracticeTimeout,
    RecordSystemBadGateway,
    RecordSystemConnectionLost,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRedirected,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemTimeout,
    RecordSystemUnauthorized,
    RecordSystemUnreachable,
    TcpTimeout,
)

_MAX_DIAGNOSTICS = 500
_MAX_CODE = 64
_MAX_RETRY_AFTER = 3600.0
_A_MINUTE = 60.0

# ALEX may echo the request: an NHI in either format (also after a percent-encoded bar), an id, a reference.
_LETTER = "[A-HJ-NP-Z]"
_IDENTIFYING = re.compile(
    rf"(?:(?<![A-Z0-9])|(?<=%[0-9A-F]{{2}}))(?:{_LETTER}{{3}}[0-9]{{4}}|{_LETTER}{{3}}[0-9]{{2}}{_LETTER}{{2}})(?![A-Z0-9])"
    r"|[0-9A-F]{32,}"
    r"|(?<=Patient/)[A-Z0-9.-]+"
    # A date may be a date of birth, and a quoted value may be a name.
    r"|(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d{6})(?!\d)"
    r"|(?<!\d)\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}(?!\d)"
    # A token, whole or in part.
    r"|eyJ[\w-]{8,}(?:\.[\w-]*)*|(?<=Bearer )\S+"
    r"|(?<=')[^']{2,}(?=')|(?<=\")[^\"]{2,}(?=\")",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ErrorBody:
    """What an error body contains, in either shape; `fhir` is true for an OperationOutcome."""

    code: str | None = None
    diagnostics: str | None = None
    fhir: bool = False


def translate(
    status: int, headers: Mapping[str, str], body: bytes, *, operation: Operation | None = None, now: datetime
) -> RecordSystemError:
    """Translate a response with an error status.

    Reads both shapes: `{statusCode, message}` from API management and OperationOutcome from the FHIR layer (Medtech's
    guide; observed on UAT). A body of neither shape is translated by its status alone.
    """
    parsed = _parse(body)
    kind = _kind(status, parsed)
    integrator = _integrator(kind, status, parsed, operation)
    detail = ""
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and operation in _OF_PHOTOS:
        detail = "This photo is too large for Medtech. It is safe here; file it at a smaller size."
    wait = retry_after(headers.get("Retry-After"), now, sent=headers.get("Date"))
    if kind is RecordSystemThrottled and wait is not None and wait > _A_MINUTE:
        detail = f"Medtech is busy and asked us to wait {_minutes(wait)}. Your photos are safe here; try again then."
    return kind(
        detail,
        integrator=integrator,
        retry_after=wait,
        upstream_status=status,
        upstream_code=parsed.code,
        diagnostics=parsed.diagnostics,
    )


_OF_PHOTOS = (CREATE_DOCUMENT, CREATE_MEDIA)
_BY_STATUS: dict[int, type[RecordSystemError]] = {
    400: RecordSystemRejected,
    401: RecordSystemUnauthorized,
    403: RecordSystemForbidden,
    404: RecordSystemNotFound,
    408: RecordSystemTimeout,
    409: RecordSystemDuplicate,
    410: RecordSystemNotFound,
    412: RecordSystemDuplicate,
    # The connection, not ALEX, was at fault, or the client is said to have gone: the write may have gone through.
    421: RecordSystemFailed,
    425: RecordSystemThrottled,
    429: RecordSystemThrottled,
    499: RecordSystemFailed,
    501: RecordSystemRejected,
    502: RecordSystemBadGateway,
    503: PracticeOffline,
    504: PracticeTimeout,
}


def _kind(status: int, body: ErrorBody) -> type[RecordSystemError]:
    if status in {403, 404}:
        # An unknown facility was documented as 404 and observed as 403, so the text decides.
        text = (body.diagnostics or "").casefold()
        if "facility not found" in text:
            return FacilityUnknown
        if "patient not found" in text:
            return PatientUnknown
        if body.fhir and body.code == "not-found":
            return RecordSystemNotFound
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RecordSystemFailed
    return RecordSystemRejected if status >= HTTPStatus.BAD_REQUEST else RecordSystemRedirected


def _integrator(
    kind: type[RecordSystemError], status: int, body: ErrorBody, operation: Operation | None
) -> str:
    response = f"ALEX answered {status}" + (f" ({body.code})" if body.code else "")
    response += f": {body.diagnostics}" if body.diagnostics else "."
    if kind is RecordSystemForbidden:
        return f"{response} {_missing_role(operation)}"
    if kind is RecordSystemNotFound and not body.fhir:
        variable = "MEDTECH_LAUNCH_URL" if operation == DECODE_LAUNCH else "MEDTECH_API_BASE_URL"
        return f"{response} API management does not know this path: check {variable}."
    if kind is PracticeOffline and not body.fhir:
        return f"{response} Without a FHIR body this often means that the facility is not connected to ALEX."
    return f"{response} {_ADVICE.get(kind, '')}".rstrip()


_ADVICE: dict[type[RecordSystemError], str] = {
    FacilityUnknown: "Check mt-facilityid (MEDTECH_FACILITY_ID, or the launch's facilityCode) with ALEX support.",
    RecordSystemUnauthorized: "If a renewed token is refused too, check MEDTECH_API_SCOPE against MEDTECH_API_BASE_URL.",
    PracticeTimeout: "The practice's Medtech may be asleep or out of licences.",
    RecordSystemRedirected: "Redirects are not followed: check MEDTECH_API_BASE_URL.",
}


def _missing_role(operation: Operation | None) -> str:
    if operation is None or operation.role is None:
        return "The token is missing a role."
    needed = (
        f"To {operation.purpose}, the token needs the role {operation.role}; ask ALEX support to add it to the vendor "
        "profile."
    )
    # Observed on UAT: a search for Media by patient id is refused although the role is present.
    return (
        needed
        if operation.writes
        else f"{needed} ALEX also answers 403 to a query whose shape it does not accept."
    )


def _parse(body: bytes) -> ErrorBody:
    try:
        content = read_json(body)
    except ValueError:  # includes UnicodeDecodeError
        return ErrorBody()
    if not isinstance(content, dict):
        return ErrorBody()
    if content.get("resourceType") == "OperationOutcome":
        return parse_outcome(content)
    message = content.get("message")
    code = content.get("statusCode")
    return ErrorBody(
        code=scrub(str(code))[:_MAX_CODE] if isinstance(code, int | str) else None,
        diagnostics=scrub(message)[:_MAX_DIAGNOSTICS] if isinstance(message, str) else None,
    )


def parse_outcome(resource: Mapping[str, Any]) -> ErrorBody:
    """Parse an OperationOutcome's first issue that is an error, or else its first issue."""
    listed = resource.get("issue")
    issues = [issue for issue in listed if isinstance(issue, dict)] if isinstance(listed, list) else []
    errors = [issue for issue in issues if issue.get("severity") in {"fatal", "error"}]
    issue = (errors or issues or [{}])[0]
    details = issue.get("details")
    text = issue.get("diagnostics") or (details.get("text") if isinstance(details, dict) else None)
    code = issue.get("code")
    return ErrorBody(
        code=scrub(code)[:_MAX_CODE] if isinstance(code, str) else None,
        diagnostics=scrub(text)[:_MAX_DIAGNOSTICS] if isinstance(text, str) else None,
        fhir=True,
    )


def scrub(text: str) -> str:
    """Remove what may identify the patient from ALEX's text, which goes into problems and into the database."""
    return _IDENTIFYING.sub("…", text)


def _minutes(seconds: float) -> str:
    if seconds >= _MAX_RETRY_AFTER:
        return "for an hour or longer"
    return f"for {math.ceil(seconds / _A_MINUTE)} minutes"


def retry_after(value: str | None, now: datetime, *, sent: str | None = None) -> float | None:
    """Return Retry-After, in seconds or an HTTP date, as seconds from now; at most an hour, None if it can't be parsed.

    `sent` is the response's `Date`: a date counts from it, because our clock may differ from the one that made both.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _MAX_RETRY_AFTER)
    moment = _http_date(text)
    if moment is None:
        return None
    return min(max((moment - (_http_date(sent or "") or now)).total_seconds(), 0.0), _MAX_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def translate_transport(error: aiohttp.ClientError | TimeoutError | OSError) -> RecordSystemError:
    """Translate a failure of the connection.

    Only failures known to happen before the first byte was sent count as unreachable. After any other failure a write
    may have landed, even on a kept-alive connection that turns out to be closed: ALEX may have read the write first.
    """
    unsent = _before_sending(error)
    if unsent is not None:
        return unsent
    if isinstance(error, TimeoutError):
        return RecordSystemTimeout(
            integrator="ALEX received the request and did not answer within CLINICPRO_ALEX_READ_TIMEOUT."
        )
    return RecordSystemConnectionLost(
        integrator="The connection closed after the request was sent and before the response arrived."
    )


def _before_sending(error: Exception) -> RecordSystemUnreachable | None:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return TcpTimeout()
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return RecordSystemUnreachable(
            integrator="The ALEX server's name can't be resolved: check DNS and MEDTECH_API_BASE_URL."
        )
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        return RecordSystemUnreachable(
            integrator=(
                "TLS with ALEX failed: its certificate is not trusted by this server. Check the clock, the certificate "
                "store, and whether a firewall inspects TLS."
            )
        )
    if isinstance(error, aiohttp.ClientConnectorError):
        if error.errno == errno.ETIMEDOUT:
            return TcpTimeout()
        return RecordSystemUnreachable(
            integrator="The TCP connection to ALEX was refused, or there is no route."
        )
    return None
