"""Metrics read when `/metrics` is scraped: jobs, sessions, the token, and the state of each practice."""

from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import Gauge, Info, ProcessCollector
from sqlalchemy import Connection, func, select

from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import jobs, sessions
from clinicpro_images.operator.disk_gauges import DiskGauges
from clinicpro_images.operator.practice_gauges import PracticeGauges
from clinicpro_images.practice.figures import PracticeFigures
from clinicpro_images.records.alex.tokens import TokenInfo
from clinicpro_images.sessions.session import IDLE_SECONDS
from clinicpro_images.telemetry.metrics import Metrics

WAITING = ("queued", "sending")
STATES = (*WAITING, "failed", "unverified")
KINDS = ("document-reference", "media", "communication", "task")


class ScrapeMetrics:
    """Gauges that are read from the database, the token and the circuit breaker on each scrape."""

    def __init__(
        self,
        database: Database,
        metrics: Metrics,
        *,
        token: Callable[[], TokenInfo],
        tripped: Callable[[], list[str]],
        decoding: Callable[[], tuple[int, int]],
        practices: Callable[[], Awaitable[PracticeFigures]],
        restored_at: Callable[[], float],
        folders: Mapping[str, Path],
    ) -> None:
        """`token` returns the token's state; `tripped` the facilities whose circuit breaker is open.

        `decoding` returns how many images the image workers are processing, and how many are waiting. `practices` returns
        the figures of all practices. `restored_at` returns when a restore was last noticed, in seconds since 1970, or 0.
        `folders` are those on disks of this machine that the gateway writes to, by what they hold.
        """
        self._database = database
        self._metrics = metrics
        self._token = token
        self._tripped = tripped
        self._decoding = decoding
        self._practices = practices
        self._restored_at = restored_at
        self._practice_gauges = PracticeGauges(metrics)
        self._disks = DiskGauges(metrics.registry, folders)
        self.registry = registry = metrics.registry
        ProcessCollector(registry=registry)
        Info("clinicpro_build", "The version of this gateway", registry=registry).info(
            {"version": version("clinicpro-images")}
        )
        self._jobs = Gauge(
            "clinicpro_jobs",
            "Resources that are not in the record, by kind and state",
            ("kind", "state"),
            registry=registry,
        )
        self._oldest = Gauge(
            "clinicpro_oldest_waiting_seconds",
            "Age of the oldest resource that is waiting to be written",
            registry=registry,
        )
        self._sessions = Gauge("clinicpro_sessions", "Open sessions", registry=registry)
        self._restored = Gauge(
            "clinicpro_restored_timestamp_seconds",
            "When the database was last noticed to be restored or copied; 0 if never",
            registry=registry,
        )
        self._facility_jobs = Gauge(
            "clinicpro_facility_jobs",
            "Resources that are not in the record, by practice and state",
            ("facility", "state"),
            registry=registry,
        )
        self._facility_oldest = Gauge(
            "clinicpro_facility_oldest_waiting_seconds",
            "Age of the oldest resource that is waiting to be written, by practice",
            ("facility",),
            registry=registry,
        )
        self._facility_resting = Gauge(
            "clinicpro_facility_resting",
            "1 for each practice that doesn't respond and is paused",
            ("facility",),
            registry=registry,
        )
        self._token_left = Gauge(
            "clinicpro_token_seconds_to_expiry",
            "Time until the ALEX token expires; 0 if there is none",
            registry=registry,
        )
        self._token_failing = Gauge(
            "clinicpro_token_failing", "1 while the ALEX token can't be fetched", registry=registry
        )

        self._images = Gauge(
            "clinicpro_worker_pictures",
            "Images being processed by the image workers, or waiting for one",
            ("state",),
            registry=registry,
        )

    async def count(self, now: float) -> None:
        """Update the gauges; `now` is seconds since 1970."""
        rows, open_sessions = await self._database.read(_count, now)
        self._sessions.set(open_sessions)
        self._restored.set(self._restored_at())
        self._show_jobs(rows, now)
        self._facility_resting.clear()
        for facility in self._tripped():
            self._facility_resting.labels(self._metrics.facilities.label(facility)).set(1)
        token = self._token()
        self._token_left.set(token.seconds_to_expiry or 0)
        for state, number in zip(("busy", "waiting"), self._decoding(), strict=True):
            self._images.labels(state).set(number)
        self._token_failing.set(0 if token.failure is None else 1)
        self._practice_gauges.show(await self._practices())
        await self._disks.show()

    def _show_jobs(self, rows: list[tuple[Any, ...]], now: float) -> None:
        for kind in KINDS:
            for state in STATES:
                self._jobs.labels(kind, state).set(0)
        self._facility_jobs.clear()
        self._facility_oldest.clear()
        oldest: dict[str, float] = {}
        for kind, state, facility_id, number, since in rows:
            facility = self._metrics.facilities.label(facility_id)
            self._jobs.labels(kind, state).inc(number)
            self._facility_jobs.labels(facility, state).inc(number)
            if state in WAITING:
                oldest[facility] = min(since, oldest.get(facility, since))
        for facility, since in oldest.items():
            self._facility_oldest.labels(facility).set(max(0.0, now - since))
        self._oldest.set(max(0.0, now - min(oldest.values())) if oldest else 0)


def _count(connection: Connection, now: float) -> tuple[list[tuple[Any, ...]], int]:
    """Return the open jobs by kind, state and facility, with the oldest's time, and the number of open sessions."""
    # Committed jobs are counted when they land, not by reading the whole table.
    open_jobs = (
        select(jobs.c.kind, jobs.c.state, jobs.c.facility_id, func.count(), func.min(jobs.c.queued_at))
        .where(jobs.c.state.in_(STATES))
        .group_by(jobs.c.kind, jobs.c.state, jobs.c.facility_id)
    )
    open_sessions = (
        select(func.count())
        .select_from(sessions)
        .where(sessions.c.ended_at.is_(None), sessions.c.active_at > now - IDLE_SECONDS)
    )
    rows = [tuple(row) for row in connection.execute(open_jobs)]
    return rows, connection.scalar(open_sessions) or 0
