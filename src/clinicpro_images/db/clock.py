"""One clock for every process that shares a database: the database's own."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Double, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SYNC_SECONDS = 0.4
_SET_SECONDS = 0.1  # by how much this machine's clock may differ from the time that passes


class now_seconds(FunctionElement[float]):  # noqa: N801 - reads like the SQL function it is
    """The database's clock, in seconds since 1970: leases of several processes need one clock."""

    type = Double()
    inherit_cache = True


@compiles(now_seconds, "sqlite")
def _now_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_seconds, "postgresql")
def _now_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "EXTRACT(EPOCH FROM clock_timestamp())::float8"


class DatabaseClock:
    """Seconds since 1970 as the database counts them; SQLite's clock is this machine's.

    Gateways compare each other's times: a job that one sent is looked for by another "once it may be reconciled", and
    with clocks a minute apart it would look while the write is still on its way.
    """

    def __init__(self, *, is_local: bool, local: Callable[[], float] = time.time) -> None:
        """`local` is this machine's clock, in seconds since 1970."""
        self._is_local = is_local
        self._local = local
        self._ahead = 0.0
        self._measured = -_SYNC_SECONDS
        self._since_start = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self._local() + self._ahead

    def sync(self, connection: Connection) -> None:
        """Measure how far the database is ahead, to half a round trip; at most every 0.4 s unless this clock was set."""
        monotonic, local = time.monotonic(), self._local()
        was_set = abs(local - monotonic - self._since_start) > _SET_SECONDS
        if self._is_local or (monotonic - self._measured < _SYNC_SECONDS and not was_set):
            return
        self._measured, self._since_start = monotonic, local - monotonic
        theirs = connection.scalar(select(now_seconds()))
        if theirs is not None:
            self._ahead = theirs - (local + self._local()) / 2
