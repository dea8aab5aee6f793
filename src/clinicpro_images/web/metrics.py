"""Prometheus metrics: the process, and how filing stands. Counts only, never who or where."""

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from sqlalchemy import func, select

from clinicpro_images.db.engine import Database
from clinicpro_images.db.tables import jobs, sessions
from clinicpro_images.sessions.session import IDLE_SECONDS

STATES = ("queued", "sending", "committed", "failed", "unverified")
KINDS = ("document-reference", "media", "communication", "task")


class Metrics:
    """What `/metrics` shows; counted in the database when it is asked for."""

    def __init__(self, database: Database) -> None:
        """Make a registry of this gateway's own."""
        self._database = database
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._jobs = Gauge(
            "clinicpro_jobs",
            "Resources to be written to ALEX, by kind and state",
            ("kind", "state"),
            registry=self.registry,
        )
        self._oldest = Gauge(
            "clinicpro_oldest_waiting_seconds",
            "Age of the oldest resource that still waits to be written",
            registry=self.registry,
        )
        self._sessions = Gauge("clinicpro_sessions", "Open sessions", registry=self.registry)

    async def count(self, now: float) -> None:
        """Bring the figures up to date; `now` is seconds since 1970."""
        by_state = select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state)
        oldest = select(func.min(jobs.c.queued_at)).where(jobs.c.state.in_(("queued", "sending")))
        in_use = select(func.count()).select_from(sessions)
        async with self._database.read() as connection:
            counted = {(kind, state): number for kind, state, number in await connection.execute(by_state)}
            waiting_since = await connection.scalar(oldest)
            open_now = await connection.scalar(
                in_use.where(sessions.c.ended_at.is_(None), sessions.c.active_at > now - IDLE_SECONDS)
            )
        for kind in KINDS:
            for state in STATES:
                self._jobs.labels(kind, state).set(counted.get((kind, state), 0))
        self._oldest.set(0 if waiting_since is None else max(0.0, now - waiting_since))
        self._sessions.set(open_now or 0)
