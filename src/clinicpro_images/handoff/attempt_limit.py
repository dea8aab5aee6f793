"""Limits how often a code may be guessed, per client address and in total.

Short codes and tickets are counted separately: attempts at codes never keep a phone from scanning.
"""

from collections.abc import Callable

from clinicpro_images.handoff.errors import TooManyGuesses
from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.token_bucket import TokenBuckets

PER_MINUTE_PER_ADDRESS = 20.0
PER_MINUTE_TOTAL = 300.0
_MINUTE = 60.0


class AttemptLimit:
    """Counts wrong codes. Correct codes don't count, because a whole practice may share one address."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """`monotonic` is in seconds. Each process counts separately."""
        self._monotonic = monotonic
        self._by_address = TokenBuckets(PER_MINUTE_PER_ADDRESS, per_second=PER_MINUTE_PER_ADDRESS / _MINUTE)
        self._total = TokenBuckets(PER_MINUTE_TOTAL, per_second=PER_MINUTE_TOTAL / _MINUTE)

    def check(self, address: str) -> None:
        """Check that another attempt is allowed, right or wrong; raises TooManyGuesses.

        Short codes have 40 random bits and need this lock. Tickets have 140 and are counted only: one that is right is
        never refused, however many wrong ones others have sent.
        """
        now = self._monotonic()
        wait = max(self._by_address.wait(network_of(address), now), self._total.wait("", now))
        if wait:
            raise TooManyGuesses(retry_after=wait)

    def count_failure(self, address: str) -> None:
        """Count a wrong code; raises TooManyGuesses beyond the limits, which keeps log and audit trail short."""
        now = self._monotonic()
        wait = max(self._by_address.take(network_of(address), now), self._total.take("", now))
        if wait:
            raise TooManyGuesses(retry_after=wait)
