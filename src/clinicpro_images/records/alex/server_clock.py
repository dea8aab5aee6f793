"""The clocks of ALEX and of the identity provider, as the `Date` of their responses tells them."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

from clinicpro_images.steady import steady

_EARLIEST = 1_764_000_000.0
"""November 2025, before this program: a `Date` from before then is a server's that has lost its time."""


class ServerClock:
    """One server's clock, kept on the steady one."""

    def __init__(self, monotonic: Callable[[], float] = steady) -> None:
        """`monotonic` is in seconds; only differences count."""
        self._monotonic = monotonic
        self._ahead: float | None = None

    def note(self, date: str | None) -> None:
        """Remember the `Date` of a response; one that can't be read, or can't be right, is ignored."""
        try:
            told = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, OverflowError):
            return
        if told >= _EARLIEST:
            self._ahead = told - self._monotonic()

    def now(self) -> float | None:
        """Return its time, in seconds since 1970; None as long as no response has told it."""
        return None if self._ahead is None else self._monotonic() + self._ahead
