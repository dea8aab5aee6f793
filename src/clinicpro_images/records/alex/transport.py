"""One request to ALEX and its reply: headers, timeouts, the one renewal after a 401, and errors translated."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import structlog
from yarl import URL

from clinicpro_images.records.alex.access_token import AccessToken
from clinicpro_images.records.alex.body import AttachedBody
from clinicpro_images.records.alex.errors import TcpTimeout, translate, translate_transport
from clinicpro_images.records.alex.roles import Operation
from clinicpro_images.records.alex.tokens import TokenService
from clinicpro_images.records.errors import AlexAddressNotAllowed, AlexError, AlexUnclear, TokenUnavailable
from clinicpro_images.telemetry.telemetry import Telemetry

FHIR_JSON = "application/fhir+json"
APPLICATION = "ClinicPro Images"
_LARGEST_REPLY = 64 * 1024 * 1024  # a searchset of pictures can carry the pictures
_CHUNK = 64 * 1024
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reply:
    """A reply with a success status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Call:
    """What is asked: the operation, where, for whom, and with what body."""

    operation: Operation
    method: str
    url: URL = field(repr=False)
    facility_id: str | None
    correlation_id: str
    accept: str
    body: AttachedBody | bytes | None = field(default=None, repr=False)


class Transport:
    """Sends calls. A write is sent once, and once more only after a 401, which says that nothing was done."""

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

        `connect_timeout` covers TCP and TLS, `read_timeout` the wait for the first byte and for each that follows,
        and both together cover everything, so that neither a slow send nor a dribbling reply lasts: what is looked
        for and not found after that time may be written again (Settings.alex_whole_timeout).
        """
        self._http = http
        self._tokens = tokens
        self._telemetry = telemetry
        self._clock = clock
        self._whole = connect_timeout + read_timeout
        self._connect = connect_timeout
        self._read = read_timeout

    async def send(self, call: Call) -> Reply:
        """Send a call and return its reply; raises AlexError."""
        started = time.perf_counter()
        # Path and query hold ids, so the operation's name stands for them.
        log = _log.bind(operation=call.operation.name, correlation_id=call.correlation_id)
        try:
            with self._telemetry.alex_call(call.operation.name, call.correlation_id):
                reply = await self._authorized(call)
        except AlexError as error:
            log.warning(
                "alex.call.failed",
                message="A call to ALEX failed.",
                status=error.alex_status,
                problem=error.slug,
                milliseconds=_since(started),
            )
            raise
        log.info(
            "alex.call", message="ALEX answered a call.", status=reply.status, milliseconds=_since(started)
        )
        return reply

    async def _authorized(self, call: Call) -> Reply:
        until = time.monotonic() + self._whole
        token = await self._tokens.token()
        reply = await self._once(call, token, until)
        if reply.status == 401:  # noqa: PLR2004 — the status is its own name
            reply = await self._once(call, await self._tokens.renew(token), until)
        if 200 <= reply.status < 300:  # noqa: PLR2004 — a class of statuses
            return reply
        now = datetime.fromtimestamp(self._clock(), UTC)
        raise translate(reply.status, reply.headers, reply.body, operation=call.operation, now=now)

    async def _once(self, call: Call, token: AccessToken, until: float) -> Reply:
        left = until - time.monotonic()
        if left <= 0:
            # Nothing was sent with this token, and by now whoever asked may already have given the call up.
            raise TokenUnavailable(
                integrator="The token took as long to come as a whole call to ALEX may last."
            )
        timeout = aiohttp.ClientTimeout(total=left, sock_connect=self._connect, sock_read=self._read)
        try:
            # aiohttp repeats a request on a stale connection by itself, but never a POST; redirects would repeat one.
            async with self._http.request(
                call.method,
                call.url,
                headers=_headers(call, token),
                data=call.body.chunks() if isinstance(call.body, AttachedBody) else call.body,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return Reply(response.status, response.headers, await _body(response))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure: AlexError = translate_transport(error)
            # Without an entry on the allow-list ALEX does not answer at all (observed on UAT).
            if isinstance(failure, TcpTimeout) and await self._tokens.endpoint_answers():
                failure = AlexAddressNotAllowed()
            raise failure from error


def _headers(call: Call, token: AccessToken) -> dict[str, str]:
    headers = {
        "Authorization": f"Bearer {token.value}",
        "Accept": call.accept,
        "mt-correlationid": call.correlation_id,
        "mt-appid": APPLICATION,
    }
    if call.facility_id is not None:
        headers["mt-facilityid"] = call.facility_id
    if call.body is not None:
        headers["Content-Type"] = FHIR_JSON
        length = call.body.length if isinstance(call.body, AttachedBody) else len(call.body)
        headers["Content-Length"] = str(length)
    return headers


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, bounded. Where the headers said enough, a body that breaks off is done without."""
    said_enough = response.status >= 300 or "Location" in response.headers  # noqa: PLR2004 — a class of statuses
    body = bytearray()
    try:
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > _LARGEST_REPLY:
                break
        else:
            return bytes(body)
    except (aiohttp.ClientError, TimeoutError, OSError):
        if not said_enough:
            raise
    response.close()
    if not said_enough:
        raise AlexUnclear(integrator="ALEX's answer is larger than 64 MB.", alex_status=response.status)
    return b""


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
