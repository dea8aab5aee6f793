"""Rate limits, declared on routes as dependencies."""

import math
from collections.abc import Callable

from fastapi import Request

from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.errors import TooManyRequests
from clinicpro_images.web.token_bucket import TokenBuckets

AT_SPEED_MINUTES = 10
"""For how long a limit may be used up each minute, where only fewer are allowed in the long run."""

_MINUTE = 60.0


def by_address(request: Request) -> str:
    """Limit the requests from one address, or from one customer's IPv6 network."""
    return network_of(getattr(request.state, "client_address", ""))


def by_session(request: Request) -> str:
    """Limit the requests of one session, from its desktop and all its phones; one without a session is not limited."""
    return getattr(request.state, "session_key", "")


class RateLimit:
    """A FastAPI dependency: so many requests a minute, which may all come at once, or fewer if they go on for long.

    Each process counts its own.

    Routes that depend on the same instance share the limit. As a dependency it runs before the route reads a body in
    pieces, but after FastAPI has read a JSON body, which is small.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        clock: Callable[[], float],
        key: Callable[[Request], str] = by_address,
        integrator: str = "",
        lasting: float | None = None,
    ) -> None:
        """0 a minute is no limit; `clock` is monotonic seconds, and `key` says which requests count together.

        `integrator` says in a refusal what the limit is, where it isn't one by address. After `AT_SPEED_MINUTES` at this
        speed only `lasting` more are allowed a minute, if that is given.
        """
        self._buckets = TokenBuckets(per_minute, per_second=per_minute / _MINUTE) if per_minute else None
        self._lasting = (
            None
            if lasting is None
            else TokenBuckets(per_minute * AT_SPEED_MINUTES, per_second=lasting / _MINUTE)
        )
        self._clock = clock
        self._key = key
        self._integrator = integrator

    def has_room(self, request: Request) -> bool:
        """Count the request, and return whether it is within the limit."""
        return not self._wait(request)

    async def __call__(self, request: Request) -> None:
        """Count the request; raises TooManyRequests."""
        wait = self._wait(request)
        if wait:
            seconds = math.ceil(wait)
            raise TooManyRequests(
                "Too many requests in a short time. Nothing was lost; try again in "
                f"{seconds} second{'' if seconds == 1 else 's'}.",
                integrator=self._integrator,
                retry_after=seconds,
            )

    def _wait(self, request: Request) -> float:
        """Count the request, and return 0, or after how many seconds it would be allowed."""
        key, now = self._key(request), self._clock()
        if self._buckets is None or not key:
            return 0.0
        wait = self._buckets.take(key, now)
        return wait if wait or self._lasting is None else self._lasting.take(key, now)
