"""The SQL of the job queue's workers: they lease jobs, load what they need, and store transitions.

On PostgreSQL, FOR UPDATE SKIP LOCKED shares the jobs between processes; SQLite has one writer at a time, so the same
statement gives the same guarantee. Images are locked before jobs, each in the order of their ids, to avoid deadlocks.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, or_, select, update

from clinicpro_images.audit.entry import Action, Actor, Entry
from clinicpro_images.commits.jobs.dependencies import images_pending, original_pending
from clinicpro_images.commits.jobs.job import (
    Job,
    JobState,
    confirmed_absent,
    landed,
    moved_by,
    worker_lost,
)
from clinicpro_images.commits.jobs.restored import give_back, is_only_looked_for
from clinicpro_images.commits.jobs.rows import PrefixedRow, labelled, read_job, transition_row
from clinicpro_images.commits.jobs.transitions import publish, save, show_progress
from clinicpro_images.db.clock import DatabaseClock, now_seconds
from clinicpro_images.db.tables import commit_images, images, job_transitions, jobs, sessions
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

log = structlog.get_logger()

_ORIGINAL, _ORIGINAL_IMAGE = jobs.alias("original"), images.alias("original_image")

_AUDITED: dict[JobState, Action] = {
    "committed": "commit.landed",
    "failed": "commit.failed",
    "unverified": "commit.unverified",
}


class LeaseLost(Exception):
    """Another worker has leased this job, so this one's result is not stored."""


@dataclass(frozen=True)
class LeasedJob:
    """A job with its session, its image, and the job of the image's original."""

    job: Job
    session: Session
    image: Image | None
    original: Job | None = None
    original_here: bool = False
    """Whether the original's content is still stored here."""
    moved: float = 0.0
    """By how much stored times had been moved when it was leased; see `DatabaseClock.moved`."""


@dataclass(frozen=True)
class JobStore:
    """One worker's access to the jobs; `owner` identifies the worker.

    `clock` is synchronised with the database's whenever jobs are leased; while it is set, none are.
    """

    images: ImageStore
    sessions: SessionStore
    owner: str
    lease_seconds: float
    clock: DatabaseClock | None = None

    # Leasing

    def lease(
        self,
        work: UnitOfWork,
        limit: int,
        *,
        excluded: Collection[str] = (),
        running: Collection[str] = (),
    ) -> list[LeasedJob]:
        """Lease up to `limit` jobs that are due, oldest first, of facilities that are not `excluded`.

        `running` are the jobs that this worker is running: if the process was paused, their leases may have expired,
        but they must not be taken over.
        """
        if self.clock is not None:
            self.clock.sync(work.connection)
        due = or_(and_(jobs.c.state == "queued", jobs.c.not_before <= self._now()), jobs.c.state == "sending")
        return self._lease(work.connection, limit, running, due, jobs.c.facility_id.not_in(excluded))

    def lease_overdue(
        self,
        work: UnitOfWork,
        limit: int,
        facilities: Collection[str],
        *,
        queued_before: float,
        sent_before: float,
        running: Collection[str] = (),
    ) -> list[LeasedJob]:
        """Lease queued jobs of these facilities that were queued before `queued_before`, due or not.

        Jobs sent after `sent_before` are left out, because the write may still be in progress.
        """
        return self._lease(
            work.connection,
            limit,
            running,
            jobs.c.state == "queued",
            jobs.c.facility_id.in_(facilities),
            jobs.c.queued_at <= queued_before,
            or_(jobs.c.sent_at.is_(None), jobs.c.sent_at <= sent_before),
        )

    def _lease(
        self, connection: Connection, limit: int, running: Collection[str], *conditions: ColumnElement[bool]
    ) -> list[LeasedJob]:
        if self.clock is not None and self.clock.was_set():
            return []
        free = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < self._now())
        due = (
            select(jobs.c.id)
            .where(free, *conditions, jobs.c.id.not_in(running))
            .where(or_(jobs.c.image_id.is_not(None), ~images_pending()))
            .where(or_(jobs.c.original_job_id.is_(None), ~original_pending()))
            .order_by(jobs.c.not_before, jobs.c.queued_at, jobs.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            # PostgreSQL may run a subquery of an UPDATE once per row and lease more than `limit`; a CTE runs once.
            .cte("due")
        )
        leased = (
            update(jobs)
            .where(jobs.c.id.in_(select(due.c.id)))
            .values(lease_owner=self.owner, lease_until=self._now() + self.lease_seconds)
            .returning(jobs.c.id)
        )
        job_ids = connection.scalars(leased).all()
        return self._load(connection, job_ids) if job_ids else []

    def _load(self, connection: Connection, job_ids: Sequence[str]) -> list[LeasedJob]:
        query = (
            select(jobs, *labelled(sessions), *labelled(images), *labelled(_ORIGINAL))
            .add_columns(_ORIGINAL_IMAGE.c.content_key.is_not(None).label("original_here"))
            .join_from(jobs, sessions, sessions.c.id == jobs.c.session_id)
            .outerjoin(images, images.c.id == jobs.c.image_id)
            .outerjoin(_ORIGINAL, _ORIGINAL.c.id == jobs.c.original_job_id)
            .outerjoin(_ORIGINAL_IMAGE, _ORIGINAL_IMAGE.c.id == _ORIGINAL.c.image_id)
            .where(jobs.c.id.in_(job_ids))
            .order_by(jobs.c.not_before, jobs.c.queued_at, jobs.c.id)
        )
        return [
            LeasedJob(
                job=read_job(row),
                session=self.sessions.read(PrefixedRow(row, "sessions")),
                image=None if row.image_id is None else self.images.read(PrefixedRow(row, "images")),
                original=None if row.original_id is None else read_job(PrefixedRow(row, "original")),
                original_here=bool(row.original_here),
                moved=0.0 if self.clock is None else self.clock.moved,
            )
            for row in connection.execute(query)
        ]

    def renew(self, work: UnitOfWork, job_ids: Collection[str]) -> None:
        """Renew the leases of jobs that are still running."""
        work.connection.execute(
            update(jobs)
            .where(jobs.c.id.in_(self._own(job_ids)))
            .values(lease_until=self._now() + self.lease_seconds)
        )

    def release(self, work: UnitOfWork, job_ids: Collection[str]) -> None:
        """Release jobs that were not started, so that another worker need not wait for their leases to expire."""
        work.connection.execute(
            update(jobs)
            .where(jobs.c.id.in_(self._own(job_ids, jobs.c.state == "queued")))
            .values(lease_owner=None, lease_until=None)
        )

    def _now(self) -> ColumnElement[float] | float:
        return now_seconds() if self.clock is None else self.clock()

    def _own(self, job_ids: Collection[str], *more: ColumnElement[bool]) -> Select[tuple[str]]:
        """Lock this worker's jobs in the order of their ids, skipping rows that are locked because they are being stored."""
        mine = select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.lease_owner == self.owner, *more)
        return mine.order_by(jobs.c.id).with_for_update(skip_locked=True)

    # Transitions

    def moved_since(self, leased: LeasedJob) -> float:
        """Return by how much stored times have been moved since this job was leased, because the clock was set."""
        return 0.0 if self.clock is None else self.clock.moved - leased.moved

    def take_over(self, work: UnitOfWork, leased: LeasedJob) -> Job | None:
        """Record that the worker that was sending is gone; return None if that worker stored its result first."""
        try:
            job, _ = self.apply(
                work, leased, leased.job, worker_lost(leased.job), "worker-lost", release=False
            )
        except LeaseLost:
            return None
        return None if job.is_settled else job

    def start_sending(self, work: UnitOfWork, leased: LeasedJob, sending: Job) -> None:
        """Record that this worker is about to write; raises LeaseLost unless it holds the lease."""
        sending = moved_by(sending, self.moved_since(leased))
        if sending.image_id is not None:
            # The image is "sending" if one of its jobs is, whatever the other's state.
            self.images.set_state(work.connection, sending.image_id, "sending")
        shown_by = (  # the ids of the commits that show the image, joined by commas; null for a message or a task
            select(func.aggregate_strings(commit_images.c.commit_id, ","))
            # Not jobs.c.image_id: SQLite's RETURNING has no table names, and would compare this column with itself.
            .where(commit_images.c.image_id == (sending.image_id or ""))
            .scalar_subquery()
        )
        row = work.connection.execute(
            update(jobs)
            .where(jobs.c.id == sending.id, jobs.c.lease_owner == self.owner, jobs.c.state == "queued")
            .values(
                state=sending.state, attempt=sending.attempt, sent_at=sending.sent_at, changed_at=work.now
            )
            .returning(shown_by.label("shown_by"))
        ).one_or_none()
        if row is None:
            raise LeaseLost(sending.id)
        work.connection.execute(
            insert(job_transitions), [transition_row("queued", sending, "sending", work.now)]
        )
        publish(work, sending, (row.shown_by or sending.commit_id).split(","))

    def apply(
        self,
        work: UnitOfWork,
        leased: LeasedJob,
        before: Job,
        after: Job,
        reason: str,
        *,
        release: bool = True,
    ) -> tuple[Job, float | None]:
        """Store a transition; raises LeaseLost unless this worker holds the lease.

        That a resource landed is stored in any case, because it is final. Returns the job as stored, and the seconds
        since upload if this completed the image.
        """
        after = moved_by(after, self.moved_since(leased))
        siblings, commit_ids = self._locked(work.connection, before)
        stored, owner = siblings[before.id]
        if owner != self.owner and after.state != "committed":
            raise LeaseLost(before.id)
        if stored.state == "committed":
            # If a clinician found it in the inbox, its id is unknown.
            if after.state == "committed" and stored.resource_id not in {None, after.resource_id}:
                log_landed_twice(before)
            return stored, None
        others = [job for job, _ in siblings.values() if job.id != after.id]
        if after.before_restore == "staged" and after.state == "failed":
            if stored.before_restore != "staged":
                after = confirmed_absent(stored)  # in the meantime, a clinician has asked for it to be filed
            elif is_only_looked_for([after, *others]):
                give_back(work, self.images, after)
                return after, None
        save(work.connection, before, after, reason, work.now, release=release)
        seconds = show_progress(work, self.images, after, [after, *others], commit_ids)
        if after.state != before.state and after.state in _AUDITED:
            _audit(work, leased.session.actor, after)
        return after, seconds

    def land(
        self, work: UnitOfWork, leased: LeasedJob, job: Job, resource_id: str, reason: str
    ) -> tuple[Job, float | None]:
        """Record that the job's resource landed. Returns as `apply`; with seconds, the content can be removed."""
        return self.apply(work, leased, job, landed(job, resource_id), reason)

    def _locked(
        self, connection: Connection, job: Job
    ) -> tuple[dict[str, tuple[Job, str | None]], frozenset[str]]:
        """Lock the jobs of the job's image; return them with their lease owners, and the commits that show them."""
        if job.image_id is None:
            row = connection.execute(select(jobs).where(jobs.c.id == job.id).with_for_update()).one()
            return {row.id: (read_job(row), row.lease_owner)}, frozenset({job.commit_id})
        self.images.lock(connection, [job.image_id])
        query = (
            select(jobs, commit_images.c.commit_id.label("shown_by"))
            .join(commit_images, commit_images.c.image_id == jobs.c.image_id)
            .where(jobs.c.image_id == job.image_id)
            .order_by(jobs.c.id)
            .with_for_update(of=jobs)
        )
        rows = connection.execute(query).all()
        return {row.id: (read_job(row), row.lease_owner) for row in rows}, frozenset(
            row.shown_by for row in rows
        )


def log_landed_twice(job: Job) -> None:
    """Log that the record has two resources of one job, which only the practice can put right."""
    log.error(
        "commit.landed-twice",
        message="A resource was filed twice. Remove one of the two in Evolution.",
        correlation_id=job.correlation_id,
        kind=job.kind,
    )


def _audit(work: UnitOfWork, actor: Actor, job: Job) -> None:
    about = {"kind": job.kind} | ({"problem": job.error.slug} if job.error else {})
    work.audit(
        Entry(
            _AUDITED[job.state],
            actor,
            subject=job.image_id or job.commit_id,
            document_id=job.resource_id or "",
            about=about,
        )
    )
