"""One clock for every process that shares a database: the database's own."""

import time
from collections.abc import Callable

from sqlalchemy import select

from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.database import Database, now_seconds

_EVERY = 0.4
_SET = 0.1  # by how much the clock may go differently than time passes, in seconds


class DatabaseClock:
    """Seconds since 1970 as the database counts them.

    Several gateways compare each other's times: a job sent by one is looked for by another "once the settling time is
    over", and with clocks a minute apart that look would come while the write is still on its way. So each gateway
    carries how far the database is ahead of it, measured anew when the queue is read, but while nobody sets this
    machine's clock not more than about twice a second. That also follows a database that is set, or a machine that slept.
    SQLite lies on this machine, so its clock is ours.
    """

    def __init__(self, database: Database, local: Callable[[], float] = time.time) -> None:
        """`local` is this machine's clock, in seconds since 1970."""
        self._is_local = database.is_sqlite
        self._local = local
        self._ahead = 0.0
        self._measured = -_EVERY
        self._since_start = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self._local() + self._ahead

    async def sync(self, connection: AsyncConnection) -> None:
        """Measure how far the database is ahead, to half a round trip."""
        passing = time.monotonic()
        asked = self._local()
        was_set = abs(asked - passing - self._since_start) > _SET
        if self._is_local or (passing - self._measured < _EVERY and not was_set):
            return
        self._measured, self._since_start = passing, asked - passing
        theirs = await connection.scalar(select(now_seconds()))
        if theirs is not None:
            self._ahead = theirs - (asked + self._local()) / 2
