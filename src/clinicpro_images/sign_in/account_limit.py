"""Limits how many patients one account may look up: nobody can read the practice's whole register with it."""

from collections.abc import Callable
from typing import Final

import structlog

from clinicpro_images.sign_in.errors import TooManySearches
from clinicpro_images.web.token_bucket import TokenBuckets

PER_MINUTE: Final = 30.0
_MINUTE: Final = 60.0
_DAY: Final = 86_400.0

log = structlog.get_logger()


class AccountLimit:
    """So many a minute and a day for each account, whatever its address. Each process counts its own."""

    def __init__(self, per_day: float, *, clock: Callable[[], float]) -> None:
        """0 a day is no daily limit; `clock` is monotonic seconds."""
        self._clock = clock
        self._minute = TokenBuckets(PER_MINUTE, per_second=PER_MINUTE / _MINUTE)
        self._day = TokenBuckets(per_day, per_second=per_day / _DAY) if per_day else None

    def count(self, account: str) -> None:
        """Count a search; raises TooManySearches."""
        now = self._clock()
        wait = self._minute.take(account, now)
        if not wait and self._day is not None:
            wait = self._day.take(account, now)
            if wait:
                log.warning(
                    "sign_in.searches_exceeded",
                    message="An account has looked up more patients than it may in a day; the audit trail says which.",
                )
        if wait:
            raise TooManySearches(retry_after=wait)
