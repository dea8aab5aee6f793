"""Limits how often a code may be guessed: from one address, and from all addresses together."""

from collections.abc import Callable

from clinicpro_images.handoff.errors import TooManyGuesses
from clinicpro_images.web.client_address import network_of
from clinicpro_images.web.token_bucket import TokenBuckets

PER_MINUTE_OF_ONE = 20.0
PER_MINUTE_OF_ALL = 300.0
_MINUTE = 60.0


class AttemptLimit:
    """Counts wrong codes. A right one costs nothing, so that a whole practice may scan behind one address."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """`monotonic` gives seconds. Each process counts its own."""
        self._monotonic = monotonic
        self._by_address = TokenBuckets(PER_MINUTE_OF_ONE, per_second=PER_MINUTE_OF_ONE / _MINUTE)
        self._together = TokenBuckets(PER_MINUTE_OF_ALL, per_second=PER_MINUTE_OF_ALL / _MINUTE)

    def check(self, address: str) -> None:
        """Allow a claim to be tried; raises TooManyGuesses."""
        now = self._monotonic()
        wait = max(self._by_address.wait(network_of(address), now), self._together.wait("", now))
        if wait:
            raise TooManyGuesses(retry_after=wait)

    def missed(self, address: str) -> None:
        """Count a wrong code."""
        now = self._monotonic()
        self._by_address.take(network_of(address), now)
        self._together.take("", now)
