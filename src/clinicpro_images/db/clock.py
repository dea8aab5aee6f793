"""The database's clock, shared by all processes that use the database."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Double, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_SYNC_SECONDS = 0.4
_SET_SECONDS = 0.1  # a larger difference from the monotonic clock means that this machine's clock was set


class now_seconds(FunctionElement[float]):  # noqa: N801 - reads like the SQL function it is
    """The database's clock in SQL, in seconds since 1970."""

    type = Double()
    inherit_cache = True


@compiles(now_seconds, "sqlite")
def _now_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_seconds, "postgresql")
def _now_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "EXTRACT(EPOCH FROM clock_timestamp())::float8"


class DatabaseClock:
    """The database's clock, in seconds since 1970, without a query each time.

    Gateways compare each other's times: one gateway reconciles a job some time after another sent it. If their clocks
    differed, it could search while the write is still in progress.
    """

    def __init__(self, *, is_local: bool, local: Callable[[], float] = time.time) -> None:
        """`local` is this machine's clock, in seconds since 1970; `is_local`: it is the database's clock too (SQLite)."""
        self._is_local = is_local
        self._local = local
        self._ahead = 0.0
        self._measured = -_SYNC_SECONDS
        self._since_start = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self._local() + self._ahead

    def sync(self, connection: Connection) -> None:
        """Measure the difference, to half a round trip; at most every 0.4 s, unless this machine's clock was set."""
        monotonic, local = time.monotonic(), self._local()
        was_set = abs(local - monotonic - self._since_start) > _SET_SECONDS
        if self._is_local or (monotonic - self._measured < _SYNC_SECONDS and not was_set):
            return
        self._measured, self._since_start = monotonic, local - monotonic
        now = connection.scalar(select(now_seconds()))
        if now is not None:
            self._ahead = now - (local + self._local()) / 2
