"""The database's clock, shared by all processes that use the database, and followed without its jumps."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Double, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from clinicpro_images.db.tables import clock
from clinicpro_images.steady import steady

STEP_SECONDS = 5.0
"""A larger difference from the steady clock means that the clock was set."""
SHARED = ""
"""The row of `clock` that all gateways share; the others belong to machines."""
_SYNC_SECONDS = 0.4


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

    If the clock is set, this one goes on as before until all stored times have been moved by the same step, so that
    nothing waits longer, and nothing is over earlier, than it would have been; see `clock_watch`.
    """

    def __init__(
        self,
        *,
        is_local: bool,
        local: Callable[[], float] = time.time,
        steady: Callable[[], float] = steady,
    ) -> None:
        """`local` is this machine's clock, in seconds since 1970; `is_local`: it is the database's clock too (SQLite)."""
        self._is_local = is_local
        self._local = local
        self._steady = steady
        self._ahead = local() - steady()  # of this clock, before the steady one
        self._measured_ahead = self._ahead
        self._measured_at: float | None = None
        self.moved = 0.0
        """By how many seconds in all the stored times have been moved, as far as this process knows."""

    def __call__(self) -> float:
        """Return the time."""
        if self._is_local:
            self._follow(self._local() - self._steady())
        return self._steady() + self._ahead

    def was_set(self) -> bool:
        """Return whether the clock was set, and stored times have not been moved yet."""
        if self._is_local:
            self._measured_ahead = self._local() - self._steady()
        return abs(self._measured_ahead - self._ahead) > STEP_SECONDS

    def sync(self, connection: Connection) -> None:
        """Measure the difference, to half a round trip, at most every 0.4 s, and learn whether stored times were moved."""
        if self._measured_at is not None and self._steady() - self._measured_at < _SYNC_SECONDS:
            return
        first = self._measured_at is None
        ahead, moved = self.measure(connection)
        self._measured_at = self._steady()
        if first:
            self.accept(ahead, moved)
        elif moved != self.moved:
            self.accept(self._ahead + moved - self.moved, moved)
        self._measured_ahead = ahead
        self._follow(ahead)

    def measure(self, connection: Connection) -> tuple[float, float]:
        """Return how far the database's clock is before the steady one, and by how much stored times have been moved."""
        moved = select(clock.c.moved).where(clock.c.machine == SHARED).scalar_subquery()
        began = self._steady()
        now, so_far = connection.execute(select(now_seconds(), moved)).one()
        ended = self._steady()
        return (self._local() - ended if self._is_local else now - (began + ended) / 2), so_far or 0.0

    def step(self, ahead: float, moved: float) -> float:
        """Return by how many seconds the clock was set, beyond what stored times have been moved already."""
        step = (ahead - self._ahead) - (moved - self.moved)
        return step if abs(step) > STEP_SECONDS else 0.0

    def accept(self, ahead: float, moved: float) -> None:
        """Go by this difference from now on: stored times have been moved."""
        self._ahead, self.moved = ahead, moved

    @property
    def accepted(self) -> tuple[float, float]:
        """What was accepted last."""
        return self._ahead, self.moved

    def _follow(self, ahead: float) -> None:
        if abs(ahead - self._ahead) <= STEP_SECONDS:
            self._ahead = ahead
