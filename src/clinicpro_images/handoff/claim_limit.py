"""Limits claims: short codes, which can be guessed, and scanned tickets, which can't, have limits of their own."""

from collections.abc import Callable

from fastapi import Request

from clinicpro_images.handoff.attempt_limit import AttemptLimit
from clinicpro_images.handoff.ticket import parse_ticket
from clinicpro_images.web.rate_limit import RateLimit


class ClaimLimit(RateLimit):
    """A FastAPI dependency that counts claims; nobody who types codes keeps a phone from scanning."""

    def __init__(self, per_minute: float, *, clock: Callable[[], float]) -> None:
        """So many claims of each kind a minute and address, right or wrong; `clock` is monotonic seconds."""
        super().__init__(per_minute, clock=clock)
        self._scans = RateLimit(per_minute, clock=clock)
        self._tickets = AttemptLimit(clock)
        self._codes = AttemptLimit(clock)

    async def __call__(self, request: Request) -> None:
        """Count the request; raises TooManyRequests."""
        try:
            claim = await request.json()
        except (ValueError, RecursionError):
            claim = None  # the route refuses it; here it only counts
        if _is_ticket(claim.get("token") if isinstance(claim, dict) else None):
            await self._scans(request)
        else:
            await super().__call__(request)

    def check(self, token: str, address: str) -> None:
        """Check that this address may try another code; tickets need no lock. Raises TooManyGuesses."""
        if not _is_ticket(token):
            self._codes.check(address)

    def count_failure(self, token: str, address: str) -> None:
        """Count a wrong code or ticket among its own; raises TooManyGuesses beyond the limits."""
        (self._tickets if _is_ticket(token) else self._codes).count_failure(address)


def _is_ticket(token: object) -> bool:
    return isinstance(token, str) and parse_ticket(token) is not None
