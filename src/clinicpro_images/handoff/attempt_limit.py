"""Guessing tickets is slowed down: for one address, and for all of them together."""

from collections.abc import Callable

from clinicpro_images.handoff.errors import TooManyGuesses

WINDOW_SECONDS = 60.0
MOST_PER_ADDRESS = 20
MOST_TOGETHER = 300
_MOST_ADDRESSES = 10_000


class AttemptLimit:
    """Counts tickets that were none. A genuine one costs nothing, so a whole practice may scan behind one address."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """`monotonic` gives seconds; everything is forgotten at the end of each window."""
        self._monotonic = monotonic
        self._since = monotonic()
        self._by_address: dict[str, int] = {}
        self._together = 0

    def check(self, address: str) -> None:
        """Let a claim be tried; raises TooManyGuesses."""
        now = self._monotonic()
        if now - self._since >= WINDOW_SECONDS:
            self._since, self._together = now, 0
            self._by_address.clear()
        if self._by_address.get(address, 0) >= MOST_PER_ADDRESS or self._together >= MOST_TOGETHER:
            raise TooManyGuesses(retry_after=self._since + WINDOW_SECONDS - now)

    def missed(self, address: str) -> None:
        """Count a ticket that was none."""
        self._together += 1
        if address in self._by_address or len(self._by_address) < _MOST_ADDRESSES:
            self._by_address[address] = self._by_address.get(address, 0) + 1
