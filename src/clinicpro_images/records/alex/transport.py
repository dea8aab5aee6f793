"""Sends one request to ALEX: headers, timeouts, a token renewal after a 401, errors translated."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

import aiohttp
import structlog
from yarl import URL

from clinicpro_images.records.alex.access_token import AccessToken
from clinicpro_images.records.alex.body import AttachmentBody
from clinicpro_images.records.alex.errors import translate, translate_transport
from clinicpro_images.records.alex.reply_body import SMALL, Bound, TooLarge, bounded_body
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.alex.server_clock import ServerClock
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.records.errors import (
    RecordSystemAddressNotAllowed,
    RecordSystemError,
    RecordSystemTlsTimeout,
    RecordSystemTokenRenewed,
    RecordSystemUnclear,
    TcpTimeout,
    TokenUnavailable,
)
from clinicpro_images.telemetry.telemetry import Telemetry

FHIR_JSON = "application/fhir+json"
APPLICATION = "ClinicPro Images"
_CHUNK = 64 * 1024
_LARGE_AT_ONCE = 4  # of responses larger than a list, so that their sum fits into memory
_TCP_SECONDS = 3.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reply:
    """A reply with a success status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class AlexCall:
    """A request: the operation, URL, facility, correlation id and body."""

    operation: Operation
    method: str
    url: URL = field(repr=False)
    facility_id: str | None
    correlation_id: str
    accept: str
    body: AttachmentBody | bytes | None = field(default=None, repr=False)
    bound: Bound = SMALL


class Transport:
    """Sends calls. A write is sent once: a 401 renews the token, and its caller looks for it before sending it again."""

    def __init__(
        self,
        *,
        http: aiohttp.ClientSession,
        tokens: TokenService,
        clock: Callable[[], float],
        connect_timeout: float,
        read_timeout: float,
        telemetry: Telemetry,
    ) -> None:
        """`clock` is seconds since 1970; the timeouts are seconds.

        `connect_timeout` covers TCP and TLS, `read_timeout` the wait for the first byte and for each one after it. Their
        sum bounds the whole call, including a slow send or a trickling response: a write that can't be found after
        that time may be sent again (Settings.alex_whole_timeout).
        """
        self._http = http
        self._tokens = tokens
        self.server_clock = ServerClock()
        self._telemetry = telemetry
        self._clock = clock
        self._total = connect_timeout + read_timeout
        self._connect = connect_timeout
        self._read = read_timeout
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    async def send(self, call: AlexCall) -> Reply:
        """Send a call and return its reply; raises RecordSystemError."""
        started = time.perf_counter()
        # Path and query contain ids, so only the operation's name is logged.
        log = _log.bind(operation=call.operation.name, correlation_id=call.correlation_id)
        try:
            with self._telemetry.alex_call(call.operation.name, call.correlation_id):
                reply = await self._send_authorized(call)
        except RecordSystemError as error:
            log.warning(
                "alex.call.failed",
                message="Call to ALEX failed.",
                status=error.upstream_status,
                problem=error.slug,
                milliseconds=_milliseconds_since(started),
            )
            raise
        log.info(
            "alex.call",
            message="Call to ALEX succeeded.",
            status=reply.status,
            milliseconds=_milliseconds_since(started),
        )
        return reply

    async def _send_authorized(self, call: AlexCall) -> Reply:
        deadline = time.monotonic() + self._total
        token = await self._tokens.token()
        reply = await self._send_once(call, token, deadline)
        is_rejected = reply.status == HTTPStatus.UNAUTHORIZED
        if is_rejected:
            renewed = await self._tokens.renew(token)
            if call.body is None:
                reply = await self._send_once(call, renewed, deadline)
        if HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        now = datetime.fromtimestamp(self._clock(), UTC)
        error = translate(reply.status, reply.headers, reply.body, operation=call.operation, now=now)
        if is_rejected and call.body is not None:
            raise RecordSystemTokenRenewed(
                integrator=error.integrator,
                upstream_status=error.upstream_status,
                upstream_code=error.upstream_code,
                diagnostics=error.diagnostics,
            )
        raise error

    async def _send_once(self, call: AlexCall, token: AccessToken, deadline: float) -> Reply:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            # This token hasn't been used, and the caller may have timed out.
            raise TokenUnavailable(
                integrator="Fetching the token took as long as a whole call to ALEX may take."
            )
        timeout = aiohttp.ClientTimeout(total=remaining, sock_connect=self._connect, sock_read=self._read)
        try:
            # On a stale connection aiohttp retries a request automatically, but never a POST; a redirect would repeat one.
            async with self._http.request(
                call.method,
                call.url,
                headers=_headers(call, token),
                data=call.body.chunks() if isinstance(call.body, AttachmentBody) else call.body,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                self.server_clock.note(response.headers.get("Date"))
                body = await _read_body(response, call.bound, self._large)
                return Reply(response.status, response.headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure: RecordSystemError = translate_transport(error)
            if isinstance(failure, TcpTimeout):
                failure = await self._why_no_answer(call.url, failure)
            raise failure from error

    async def _why_no_answer(self, url: URL, failure: TcpTimeout) -> RecordSystemError:
        """Tell TCP from TLS: an address that isn't on the allow-list gets no answer at all (observed on UAT)."""
        if url.scheme == "https" and await _tcp_answers(url.host or "", url.port or 443):
            return RecordSystemTlsTimeout()
        return RecordSystemAddressNotAllowed() if await self._tokens.endpoint_answers() else failure


async def _tcp_answers(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(_TCP_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


def _headers(call: AlexCall, token: AccessToken) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {token.value}",
        "Accept": call.accept,
        "mt-correlationid": call.correlation_id,
        "mt-appid": APPLICATION,
    }
    if call.method == "GET":
        headers["Cache-Control"] = "no-cache"
    if call.facility_id is not None:
        headers["mt-facilityid"] = call.facility_id
    if call.body is not None:
        headers["Content-Type"] = FHIR_JSON
        length = call.body.length if isinstance(call.body, AttachmentBody) else len(call.body)
        headers["Content-Length"] = str(length)
    return headers


async def _read_body(response: aiohttp.ClientResponse, bound: Bound, large: asyncio.Semaphore) -> bytes:
    """Read the body, up to its bound. If the headers are enough, a body that breaks off or is too large is ignored."""
    headers_suffice = response.status >= HTTPStatus.MULTIPLE_CHOICES or "Location" in response.headers
    try:
        return await bounded_body(response.content.iter_chunked(_CHUNK), bound, large)
    except (aiohttp.ClientError, TimeoutError, OSError):
        if not headers_suffice:
            raise
    except TooLarge as error:
        if not headers_suffice:
            response.close()
            raise RecordSystemUnclear(
                integrator=f"ALEX's response is larger than {error.megabytes} MB.",
                upstream_status=response.status,
            ) from error
    response.close()
    return b""


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
