"""Keeps one access token for all calls, and renews it ahead of time with one request, however many callers wait."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from clinicpro_images.records.alex.access_token import AccessToken
from clinicpro_images.records.alex.token_request import TokenRequest
from clinicpro_images.records.errors import RecordSystemError, TokenRefused, TokenUnavailable
from clinicpro_images.schemas import Schema

_REFUSED_PAUSE_SECONDS = 30.0
_MAX_PAUSE_SECONDS = 60.0
_SHORTEST_SLEEP_SECONDS = 5.0
_LONGEST_SLEEP_SECONDS = 60.0
_log = structlog.get_logger(__name__)


class TokenInfo(Schema):
    """The state of the token: seconds to its expiry and renewal, its roles, and the title of the last failure."""

    cached: bool
    seconds_to_expiry: int | None
    seconds_to_renewal: int | None
    roles: list[str]
    environment: str
    renewing: bool
    failure: str | None


class TokenService:
    """Keeps one AccessToken and renews it; for one event loop.

    Use triggers renewal; `keep_warm` is one such use. After a failed renewal there is a pause before the
    next one; until then a token that has not expired is still used.
    """

    def __init__(
        self,
        request: TokenRequest,
        *,
        environment: str,
        clock: Callable[[], float],
        patience: float = 10.0,
        delays: Sequence[float] = (0.3, 1.0),
    ) -> None:
        """`clock` is steady seconds: nobody sets it, and it advances while a laptop sleeps.

        `patience` is the longest a caller waits, in seconds; `delays` are the pauses between attempts within it.
        """
        self._request = request
        self._environment = environment
        self._clock = clock
        self._patience = patience
        self._delays = delays
        self._token: AccessToken | None = None
        self._renewal: asyncio.Task[AccessToken] | None = None
        self._failure: RecordSystemError | None = None
        self._failures = 0
        self._paused_until = 0.0

    async def token(self) -> AccessToken:
        """Return a token that is valid for some minutes; raises TokenRefused or TokenUnavailable."""
        now = self._clock()
        current = self._token
        if current is not None and now < current.stale_at:
            if now >= current.renew_at and now >= self._paused_until:
                self._start_renewal()
            return current
        try:
            return await self._wait_for_renewal(now)
        except (TokenUnavailable, TokenRefused):
            if current is not None and current is self._token and self._clock() < current.expires_at:
                return current
            raise

    async def keep_warm(self) -> None:
        """Fetch a token and renew it before it expires, until cancelled, so that no launch has to wait for one."""
        while True:
            wait = _LONGEST_SLEEP_SECONDS
            try:
                token = await self.token()
                wait = max(token.renew_at - self._clock(), _SHORTEST_SLEEP_SECONDS)
            except RecordSystemError as error:
                wait = max(
                    error.retry_after or 0.0, self._paused_until - self._clock(), _SHORTEST_SLEEP_SECONDS
                )
            # The event loop's clock may stop while a laptop sleeps.
            await asyncio.sleep(min(wait, _LONGEST_SLEEP_SECONDS))

    async def renew(self, rejected: AccessToken) -> AccessToken:
        """Return another token than `rejected`, which ALEX has answered with 401.

        It is replaced once, however many callers it was rejected for. Raises TokenRefused or TokenUnavailable.
        """
        if self._token is not None and self._token.value == rejected.value:
            self._token = None
        return self._token or await self._wait_for_renewal(self._clock())

    async def endpoint_answers(self) -> bool:
        """Return whether the token endpoint can be reached right now, whatever its response."""
        return await self._request.endpoint_answers()

    def their_time(self) -> float | None:
        """Return the time by the identity provider's clock, in seconds since 1970; None if it hasn't told it."""
        return self._request.server_clock.now()

    def snapshot(self) -> TokenInfo:
        """Return the token's state, without the token."""
        now = self._clock()
        token = self._token if self._token is not None and now < self._token.expires_at else None
        return TokenInfo(
            cached=token is not None,
            seconds_to_expiry=round(token.expires_at - now) if token else None,
            seconds_to_renewal=max(round(token.renew_at - now), 0) if token else None,
            roles=list(token.roles) if token else [],
            environment=self._environment,
            renewing=self._is_renewing(),
            failure=self._failure.title if self._failure else None,
        )

    async def close(self) -> None:
        """Cancel a renewal in progress."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _wait_for_renewal(self, now: float) -> AccessToken:
        if self._failure is not None and now < self._paused_until and not self._is_renewing():
            raise type(self._failure)(
                integrator=self._failure.integrator,
                retry_after=self._paused_until - now,
                upstream_status=self._failure.upstream_status,
                upstream_code=self._failure.upstream_code,
                diagnostics=self._failure.diagnostics,
            )
        # A caller that gives up must not cancel the request for the others.
        return await asyncio.shield(self._start_renewal())

    def _is_renewing(self) -> bool:
        return self._renewal is not None and not self._renewal.done()

    def _start_renewal(self) -> asyncio.Task[AccessToken]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._fetch(), name="alex-token")
            self._renewal.add_done_callback(_retrieve_exception)
        return self._renewal

    async def _fetch(self) -> AccessToken:
        try:
            async with asyncio.timeout(self._patience):
                token = await self._fetch_with_retries()
        except TimeoutError as error:
            raise self._pause_after(
                TokenUnavailable(integrator="The token endpoint did not answer in time.")
            ) from error
        except (TokenRefused, TokenUnavailable) as error:
            raise self._pause_after(error) from error.__cause__
        self._token, self._failure, self._failures = token, None, 0
        _log.info("alex.token.renewed", message="Token for ALEX renewed.", roles=len(token.roles))
        return token

    async def _fetch_with_retries(self) -> AccessToken:
        for delay in self._delays:
            try:
                return await self._request.fetch(self._clock())
            except TokenUnavailable as error:
                if error.retry_after is not None:
                    raise  # the provider named a time, and it is not now
            await asyncio.sleep(delay)
        return await self._request.fetch(self._clock())

    def _pause_after(self, failure: RecordSystemError) -> RecordSystemError:
        self._failures += 1
        pause = (
            _REFUSED_PAUSE_SECONDS
            if isinstance(failure, TokenRefused)
            else min(2.0**self._failures, _MAX_PAUSE_SECONDS)
        )
        self._paused_until = self._clock() + (failure.retry_after or pause)
        self._failure = failure
        _log.warning(
            "alex.token.failed",
            message="Token for ALEX could not be renewed.",
            problem=failure.slug,
            status=failure.upstream_status,
        )
        return failure


def _retrieve_exception(renewal: asyncio.Task[AccessToken]) -> None:
    """Retrieve an exception that no caller waits for, so that asyncio doesn't report it; it is already logged."""
    if not renewal.cancelled():
        renewal.exception()
