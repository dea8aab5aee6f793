"""Watches the clock: if it is set, all stored times are moved by the same step, and what is old isn't deleted for an hour.

Otherwise a retry would wait for as long as the clock was set back, and a clock that was set ahead would end every
session and delete every image.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Connection, Row, insert, select, text, update

from clinicpro_images.db import advisory_locks, tables
from clinicpro_images.db.clock import SHARED, STEP_SECONDS, DatabaseClock
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.steady import steady

GAP_SECONDS = 3600.0
"""After a longer time in which no gateway ran, or a larger step, nothing that is old is deleted for as long as this."""

Longest = Mapping[Column[float], float]
"""How many seconds from now a stored time may be at most, by column."""

_CHECK_SECONDS = 1.0
_SEEN_SECONDS = 30.0

MOVED: tuple[Column[float], ...] = (
    tables.used_tokens.c.used_at,
    tables.sessions.c.started_at,
    tables.sessions.c.active_at,
    tables.sessions.c.ended_at,
    tables.handoffs.c.expires_at,
    tables.handoffs.c.claimed_at,
    tables.handoffs.c.cut_off_at,
    tables.images.c.uploaded_at,
    tables.images.c.committed_at,
    tables.images.c.copy_until,
    tables.commits.c.created_at,
    tables.jobs.c.sent_at,
    tables.jobs.c.queued_at,
    tables.jobs.c.not_before,
    tables.jobs.c.lease_until,
    tables.jobs.c.changed_at,
    tables.job_transitions.c.at,
    tables.record_sight.c.checked_at,
    tables.events.c.at,
)
"""Every stored time, except those of the audit trail, which is never changed."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Checked:
    step: float = 0.0
    gap: float = 0.0
    capped: int = 0


class ClockWatch:
    """Moves stored times when the clock is set, and says whether what is old may be deleted."""

    def __init__(
        self,
        database: Database,
        longest: Longest,
        *,
        steady: Callable[[], float] = steady,
        machine: str | None = None,
    ) -> None:
        """`machine` identifies the machine's start: the steady clock counts from there. None asks the system."""
        self._database = database
        self._longest = longest
        self._steady = steady
        self._machine = _machine() if machine is None else machine
        self._checked_at: float | None = None

    async def check(self) -> None:
        """Notice that the clock was set, also while no gateway ran, and record that this one runs."""
        clock = self._database.clock
        if not isinstance(clock, DatabaseClock):
            return
        if not self._database.is_sqlite or self._checked_at is None:
            await self._database.read(clock.sync)
        due = self._checked_at is None or self._steady() - self._checked_at >= _SEEN_SECONDS
        if not (due or clock.was_set()):
            return
        before = clock.accepted
        try:
            found = await self._database.write(self._check, clock)
        except BaseException:
            clock.accept(*before)
            raise
        self._checked_at = self._steady()
        _report(found)

    async def run(self) -> None:
        """Check every second, until cancelled."""
        while True:
            await asyncio.sleep(_CHECK_SECONDS)
            try:
                await self.check()
            except Exception:
                log.exception("clock.unchecked", message="The clock could not be checked; trying again.")

    def may_delete(self, connection: Connection, now: float) -> bool:
        """Whether what is old by this clock may be deleted."""
        if not isinstance(self._database.clock, DatabaseClock):
            return True
        trusted_from = connection.scalar(
            select(tables.clock.c.trusted_from).where(tables.clock.c.machine == SHARED)
        )
        return trusted_from is not None and trusted_from <= now and not self._database.clock.was_set()

    def _check(self, work: UnitOfWork, clock: DatabaseClock) -> _Checked:
        connection = work.connection
        if connection.dialect.name == "postgresql":
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": advisory_locks.CLOCK_MOVING}
            )
        rows = {row.machine: row for row in connection.execute(select(tables.clock))}
        ahead, moved = clock.measure(connection)
        shared, own = rows.get(SHARED), rows.get(self._machine)
        if self._checked_at is None and own is not None:
            clock.accept(
                own.ahead, own.moved
            )  # the steady clock has gone on since, whatever became of the other
        step = clock.step(ahead, moved)
        # A shared database's clock has been the same for all machines.
        since = 0.0 if not self._database.is_sqlite else clock() if own is None else own.since
        if step:
            _move(connection, step, since)
            moved, since = moved + step, since + step
        clock.accept(ahead, moved)
        now = clock()
        gap = 0.0 if shared is None else now - (shared.seen_at + step)
        capped = self._cap(connection, now)
        trusted_from = _trusted_from(shared, now, step, gap)
        _store(connection, rows, SHARED, (0.0, moved, since, now, trusted_from))
        _store(connection, rows, self._machine, (ahead, moved, since, now, trusted_from))
        return _Checked(step, gap, capped)

    def _cap(self, connection: Connection, now: float) -> int:
        """No stored time may be later than it could have been recorded now: nothing waits longer than its longest wait."""
        capped = 0
        for column in MOVED:
            latest = now + self._longest.get(column, 0.0)
            late = column > latest + STEP_SECONDS
            capped += connection.execute(
                update(column.table).where(late).values({column.name: latest})
            ).rowcount
        return capped


def _trusted_from(shared: Row[Any] | None, now: float, step: float, gap: float) -> float:
    if shared is None:
        return now  # nothing is stored yet
    unseen = not -STEP_SECONDS <= gap <= GAP_SECONDS
    # A command that was told to wait, and is run again later, doesn't wait again.
    has_waited = shared.trusted_from > shared.seen_at
    if abs(step) > GAP_SECONDS or (unseen and not has_waited):
        return now + GAP_SECONDS
    return float(min(shared.trusted_from + step, now + GAP_SECONDS))


def _move(connection: Connection, step: float, since: float) -> None:
    for column in MOVED:
        # What was recorded before, by a clock that was right then, is right now too.
        connection.execute(update(column.table).where(column >= since).values({column.name: column + step}))


def _store(
    connection: Connection,
    rows: Mapping[str, object],
    machine: str,
    values: tuple[float, float, float, float, float],
) -> None:
    row = dict(zip(("ahead", "moved", "since", "seen_at", "trusted_from"), values, strict=True))
    table = tables.clock
    if machine in rows:
        connection.execute(update(table).where(table.c.machine == machine).values(row))
    else:
        connection.execute(insert(table).values(machine=machine, **row))


def _report(found: _Checked) -> None:
    if found.step:
        log.warning(
            "clock.stepped",
            message="The clock was set; sessions, retries and deletions count as if it had not been.",
            seconds=round(found.step),
        )
    if found.capped:
        log.warning(
            "clock.ahead", message="Stored times were in the future; they count from now.", rows=found.capped
        )
    if abs(found.step) > GAP_SECONDS or not -STEP_SECONDS <= found.gap <= GAP_SECONDS:
        log.warning(
            "clock.unproven",
            message="No gateway ran for a while, or the clock was set: nothing that is old is deleted for an hour.",
            seconds=round(found.gap),
        )


def _machine() -> str:
    """Return a hash of the id of this machine's start; where there is none, each process counts as a new start."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        started = str(steady())
    return hashlib.sha256(started.encode()).hexdigest()
