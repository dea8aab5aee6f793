"""Gauges that are set for each scrape of `/metrics`: jobs, sessions, the token, and the state of each practice."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from prometheus_client import Gauge, Info, ProcessCollector
from sqlalchemy import func, select

from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import jobs, sessions
from clinicpro_images.sessions.session import IDLE_SECONDS
from clinicpro_images.telemetry.metrics import Metrics

WAITING = ("queued", "sending")
STATES = (*WAITING, "failed", "unverified")
KINDS = ("document-reference", "media", "communication", "task")


class ScrapeMetrics:
    """Gauges read from the database, the token and the circuit breaker."""

    def __init__(
        self,
        database: Database,
        meters: Metrics,
        *,
        token: Callable[[], dict[str, Any]],
        resting: Callable[[], list[str]],
        decoding: Callable[[], tuple[int, int]],
    ) -> None:
        """`token` describes the token without revealing it; `resting` names the facilities that are not responding.

        `decoding` returns how many images are being decoded, and how many are waiting for a worker.
        """
        self._database = database
        self._meters = meters
        self._token = token
        self._resting = resting
        self._decoding = decoding
        self.registry = registry = meters.registry
        ProcessCollector(registry=registry)
        Info("clinicpro_build", "Version of this program", registry=registry).info(
            {"version": version("clinicpro-images")}
        )
        self._jobs = Gauge(
            "clinicpro_jobs",
            "Resources that are not yet in the record, by kind and state",
            ("kind", "state"),
            registry=registry,
        )
        self._oldest = Gauge(
            "clinicpro_oldest_waiting_seconds",
            "Age of the oldest resource that is waiting to be written, in seconds",
            registry=registry,
        )
        self._sessions = Gauge("clinicpro_sessions", "Open sessions", registry=registry)
        self._facility_jobs = Gauge(
            "clinicpro_facility_jobs",
            "Resources that are not yet in the record, by practice and state",
            ("facility", "state"),
            registry=registry,
        )
        self._facility_oldest = Gauge(
            "clinicpro_facility_oldest_waiting_seconds",
            "Age of the oldest resource that is waiting to be written, by practice, in seconds",
            ("facility",),
            registry=registry,
        )
        self._facility_resting = Gauge(
            "clinicpro_facility_resting",
            "1 for each practice that is not responding and is not called for now",
            ("facility",),
            registry=registry,
        )
        self._token_left = Gauge(
            "clinicpro_token_seconds_to_expiry",
            "Seconds until the token for ALEX expires; 0 if there is none",
            registry=registry,
        )
        self._token_failing = Gauge(
            "clinicpro_token_failing", "1 while no token for ALEX can be fetched", registry=registry
        )

        self._images = Gauge(
            "clinicpro_worker_pictures",
            "Images that are being decoded, or waiting for a worker process",
            ("state",),
            registry=registry,
        )

    async def count(self, now: float) -> None:
        """Update the gauges; `now` is seconds since 1970."""
        # Landed jobs are counted as they land, because that number only grows: reading it would scan the table.
        open_jobs = (
            select(jobs.c.kind, jobs.c.state, jobs.c.facility_id, func.count(), func.min(jobs.c.queued_at))
            .where(jobs.c.state.in_(STATES))
            .group_by(jobs.c.kind, jobs.c.state, jobs.c.facility_id)
        )
        in_use = select(func.count()).select_from(sessions)
        async with self._database.read() as connection:
            rows = [tuple(row) for row in (await connection.execute(open_jobs)).all()]
            open_now = await connection.scalar(
                in_use.where(sessions.c.ended_at.is_(None), sessions.c.active_at > now - IDLE_SECONDS)
            )
        self._sessions.set(open_now or 0)
        self._show_jobs(rows, now)
        self._facility_resting.clear()
        for facility in self._resting():
            self._facility_resting.labels(self._meters.facilities.label(facility)).set(1)
        token = self._token()
        self._token_left.set(token["secondsToExpiry"] or 0)
        for state, number in zip(("busy", "waiting"), self._decoding(), strict=True):
            self._images.labels(state).set(number)
        self._token_failing.set(0 if token["failure"] is None else 1)

    def _show_jobs(self, rows: list[tuple[Any, ...]], now: float) -> None:
        for kind in KINDS:
            for state in STATES:
                self._jobs.labels(kind, state).set(0)
        self._facility_jobs.clear()
        self._facility_oldest.clear()
        oldest: dict[str, float] = {}
        for kind, state, facility_id, number, since in rows:
            facility = self._meters.facilities.label(facility_id)
            self._jobs.labels(kind, state).inc(number)
            self._facility_jobs.labels(facility, state).inc(number)
            if state in WAITING:
                oldest[facility] = min(since, oldest.get(facility, since))
        for facility, since in oldest.items():
            self._facility_oldest.labels(facility).set(max(0.0, now - since))
        self._oldest.set(max(0.0, now - min(oldest.values())) if oldest else 0)
