"""The token service: one access token for everybody, renewed ahead of time by one request however many wait."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from clinicpro_images.records.alex.access_token import AccessToken
from clinicpro_images.records.alex.token_request import TokenRequest
from clinicpro_images.records.errors import AlexError, TokenRefused, TokenUnavailable

__all__ = ["AccessToken", "TokenService"]

_REFUSED_PAUSE = 30.0
_LONGEST_PAUSE = 60.0
_log = structlog.get_logger(__name__)


class TokenService:
    """Keeps one AccessToken and renews it; for one event loop.

    Renewal is prompted by use, so that an idle gateway asks for nothing. A failed renewal is not tried again before
    a pause is over, and meanwhile a token that has not expired is still handed out.
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
        """`clock` is seconds since 1970: unlike a monotonic one it goes on while a laptop sleeps.

        `patience` bounds, in seconds, how long a caller waits; `delays` lie between the tries within it.
        """
        self._request = request
        self._environment = environment
        self._clock = clock
        self._patience = patience
        self._delays = delays
        self._held: AccessToken | None = None
        self._flight: asyncio.Task[AccessToken] | None = None
        self._failure: AlexError | None = None
        self._failures = 0
        self._paused_until = 0.0

    async def token(self) -> AccessToken:
        """Return a token that is good for some minutes; raises TokenRefused or TokenUnavailable."""
        now = self._clock()
        held = self._held
        if held is not None and now < held.stale_at:
            if now >= held.renew_at and now >= self._paused_until:
                self._renewing()
            return held
        try:
            return await self._renewed(now)
        except (TokenUnavailable, TokenRefused):
            if held is not None and held is self._held and self._clock() < held.expires_at:
                return held
            raise

    async def renew(self, after: AccessToken) -> AccessToken:
        """Return a token that is not `after`, which ALEX has answered with 401.

        However many callers bring the same dead token, it is replaced once. Raises TokenRefused or TokenUnavailable.
        """
        if self._held is not None and self._held.value == after.value:
            self._held = None
        return self._held or await self._renewed(self._clock())

    async def endpoint_answers(self) -> bool:
        """Say whether the token endpoint can be reached right now, whatever it answers."""
        return await self._request.endpoint_answers()

    def snapshot(self) -> dict[str, Any]:
        """Describe the token without it: cached, seconds to expiry and renewal, roles, environment, last failure."""
        now = self._clock()
        held = self._held if self._held is not None and now < self._held.expires_at else None
        return {
            "cached": held is not None,
            "secondsToExpiry": round(held.expires_at - now) if held else None,
            "secondsToRenewal": max(round(held.renew_at - now), 0) if held else None,
            "roles": list(held.roles) if held else [],
            "environment": self._environment,
            "renewing": self._flight is not None and not self._flight.done(),
            "failure": self._failure.title if self._failure else None,
        }

    async def close(self) -> None:
        """Stop a renewal that is under way."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.gather(self._flight, return_exceptions=True)

    async def _renewed(self, now: float) -> AccessToken:
        if self._failure is not None and now < self._paused_until and not self._in_flight():
            again = type(self._failure)
            raise again(
                integrator=self._failure.integrator,
                retry_after=self._paused_until - now,
                alex_status=self._failure.alex_status,
                alex_code=self._failure.alex_code,
                alex_diagnostics=self._failure.alex_diagnostics,
            )
        # A caller that gives up must not take the request away from the others.
        return await asyncio.shield(self._renewing())

    def _in_flight(self) -> bool:
        return self._flight is not None and not self._flight.done()

    def _renewing(self) -> asyncio.Task[AccessToken]:
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fetch(), name="alex-token")
            self._flight.add_done_callback(_look_at_outcome)
        return self._flight

    async def _fetch(self) -> AccessToken:
        try:
            async with asyncio.timeout(self._patience):
                token = await self._tried()
        except TimeoutError as error:
            raise self._paused(
                TokenUnavailable(integrator="The token endpoint did not answer in time.")
            ) from error
        except (TokenRefused, TokenUnavailable) as error:
            raise self._paused(error) from error.__cause__
        self._held, self._failure, self._failures = token, None, 0
        _log.info("alex.token.renewed", message="A token for ALEX was fetched.", roles=len(token.roles))
        return token

    async def _tried(self) -> AccessToken:
        for delay in self._delays:
            try:
                return await self._request.ask(self._clock())
            except TokenUnavailable as error:
                if error.retry_after is not None:
                    raise  # the provider said when, and it is not now
            await asyncio.sleep(delay)
        return await self._request.ask(self._clock())

    def _paused(self, failure: AlexError) -> AlexError:
        self._failures += 1
        pause = (
            _REFUSED_PAUSE if isinstance(failure, TokenRefused) else min(2.0**self._failures, _LONGEST_PAUSE)
        )
        self._paused_until = self._clock() + (failure.retry_after or pause)
        self._failure = failure
        _log.warning(
            "alex.token.failed",
            message="No token for ALEX could be fetched.",
            problem=failure.slug,
            status=failure.alex_status,
        )
        return failure


def _look_at_outcome(flight: asyncio.Task[AccessToken]) -> None:
    """Look at a failure that nobody waits for, so that asyncio does not complain about it; it is logged already."""
    if not flight.cancelled():
        flight.exception()
