"""All SQL of the job queue: workers lease jobs, load what they need, and store transitions.

On PostgreSQL, FOR UPDATE SKIP LOCKED shares the jobs between processes; SQLite has one writer at a time, so the same
statement gives the same guarantee. Images are locked before jobs, each in the order of their ids, to avoid deadlocks.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from clinicpro_images.audit.entry import Action, Actor, Entry
from clinicpro_images.commits.jobs.dependencies import images_pending, original_pending
from clinicpro_images.commits.jobs.job import (
    WAITING,
    Job,
    JobError,
    JobKind,
    JobState,
    image_state,
    landed,
    worker_lost,
)
from clinicpro_images.db.clock import DatabaseClock, now_seconds
from clinicpro_images.db.tables import commit_images, images, job_transitions, jobs, sessions
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

log = structlog.get_logger()

_AUDITED: dict[JobState, Action] = {
    "committed": "commit.landed",
    "failed": "commit.failed",
    "unverified": "commit.unverified",
}
_COLUMNS = [field.name for field in fields(Job) if field.name != "error"]
_FIXED = {"id", "kind", "commit_id", "image_id", "session_id", "facility_id", "identifier", "original_job_id"}


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


@dataclass(frozen=True)
class JobStore:
    """One worker's access to the jobs; `owner` identifies the worker.

    `clock` is synchronised with the database's whenever jobs are leased.
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
        due = or_(
            and_(jobs.c.state == "queued", jobs.c.not_before <= now_seconds()), jobs.c.state == "sending"
        )
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
        free = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now_seconds())
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
            .values(lease_owner=self.owner, lease_until=now_seconds() + self.lease_seconds)
            .returning(jobs.c.id)
        )
        job_ids = connection.scalars(leased).all()
        return self._load(connection, job_ids) if job_ids else []

    def _load(self, connection: Connection, job_ids: Sequence[str]) -> list[LeasedJob]:
        original, its_image = jobs.alias("original"), images.alias("original_image")
        query = (
            select(jobs, *_labelled(sessions), *_labelled(images), *_labelled(original))
            .add_columns(its_image.c.content_key.is_not(None).label("original_here"))
            .join_from(jobs, sessions, sessions.c.id == jobs.c.session_id)
            .outerjoin(images, images.c.id == jobs.c.image_id)
            .outerjoin(original, original.c.id == jobs.c.original_job_id)
            .outerjoin(its_image, its_image.c.id == original.c.image_id)
            .where(jobs.c.id.in_(job_ids))
            .order_by(jobs.c.not_before, jobs.c.queued_at, jobs.c.id)
        )
        return [
            LeasedJob(
                job=read_job(row),
                session=self.sessions.read(_PrefixedRow(row, "sessions")),
                image=None if row.image_id is None else self.images.read(_PrefixedRow(row, "images")),
                original=None if row.original_id is None else read_job(_PrefixedRow(row, "original")),
                original_here=bool(row.original_here),
            )
            for row in connection.execute(query)
        ]

    def renew(self, work: UnitOfWork, job_ids: Collection[str]) -> None:
        """Renew the leases of jobs that are still running."""
        work.connection.execute(
            update(jobs)
            .where(jobs.c.id.in_(self._own(job_ids)))
            .values(lease_until=now_seconds() + self.lease_seconds)
        )

    def release(self, work: UnitOfWork, job_ids: Collection[str]) -> None:
        """Release jobs that were not started, so that another worker need not wait for their leases to expire."""
        work.connection.execute(
            update(jobs)
            .where(jobs.c.id.in_(self._own(job_ids, jobs.c.state == "queued")))
            .values(lease_owner=None, lease_until=None)
        )

    def _own(self, job_ids: Collection[str], *more: ColumnElement[bool]) -> Select[tuple[str]]:
        """Lock this worker's jobs in the order of their ids, skipping rows that are locked because they are being stored."""
        mine = select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.lease_owner == self.owner, *more)
        return mine.order_by(jobs.c.id).with_for_update(skip_locked=True)

    # Transitions

    def take_over(self, work: UnitOfWork, leased: LeasedJob) -> Job | None:
        """Record that the worker that was sending is gone; return None if that worker stored its result first."""
        try:
            job, _ = self.apply(
                work, leased, leased.job, worker_lost(leased.job), "worker-lost", release=False
            )
        except LeaseLost:
            return None
        return None if job.is_settled else job

    def start_sending(self, work: UnitOfWork, sending: Job) -> None:
        """Record that this worker is about to write; raises LeaseLost unless it holds the lease."""
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
            insert(job_transitions), [_transition("queued", sending, "sending", work.now)]
        )
        _publish(work, sending, (row.shown_by or sending.commit_id).split(","))

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
        siblings, commit_ids = self._locked(work.connection, before)
        stored, owner = siblings[before.id]
        if owner != self.owner and after.state != "committed":
            raise LeaseLost(before.id)
        if stored.state == "committed":
            # If a clinician found it in the inbox, its id is unknown.
            if after.state == "committed" and stored.resource_id not in {None, after.resource_id}:
                log.error(
                    "commit.landed-twice",
                    message="A resource was filed twice. Remove one of the two in Evolution.",
                    correlation_id=before.correlation_id,
                    kind=before.kind,
                )
            return stored, None
        save(work.connection, before, after, reason, work.now, release=release)
        others = [job for job, _ in siblings.values() if job.id != after.id]
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


def add_jobs(connection: Connection, new: Sequence[Job], now: float) -> None:
    """Insert jobs; raises IntegrityError if an image has a job of that kind already."""
    if new:
        connection.execute(insert(jobs), [_row(job) | {"changed_at": now} for job in new])
        transitions = [_transition(job.state, job, "requested", now) for job in new]
        connection.execute(insert(job_transitions), transitions)


def save(
    connection: Connection, before: Job, after: Job, reason: str, now: float, *, release: bool = False
) -> None:
    """Store a transition; `reason` is a stable identifier, `release` also ends the worker's lease."""
    values = {name: value for name, value in _row(after).items() if name not in _FIXED} | {"changed_at": now}
    if release:
        values |= {"lease_owner": None, "lease_until": None}
    connection.execute(update(jobs).where(jobs.c.id == after.id).values(values))
    connection.execute(insert(job_transitions), [_transition(before.state, after, reason, now)])


def show_progress(
    work: UnitOfWork,
    store: ImageStore,
    job: Job,
    siblings: Iterable[Job],
    commit_ids: Collection[str],
) -> float | None:
    """Update the image's state from its jobs, and publish the changes to the commits that show it.

    `siblings` are all jobs of the image, including `job`. Returns the seconds since upload if this completed the image.
    """
    seconds = None
    if job.image_id is not None:
        siblings = list(siblings)
        state = image_state(sibling.state for sibling in siblings)
        if state == "committed":
            ids = {sibling.kind: sibling.resource_id for sibling in siblings}
            uploaded_at = store.set_committed(
                work.connection,
                job.image_id,
                document_reference_id=ids.get("document-reference"),
                media_id=ids.get("media"),
                now=work.now,
            )
            seconds = work.now - uploaded_at
        else:
            store.set_state(work.connection, job.image_id, state)
    _publish(work, job, commit_ids)
    return seconds


def lock_jobs_of(connection: Connection, image_ids: Collection[str]) -> list[Job]:
    """Lock and return the jobs of these images, in the order of their ids."""
    return _jobs(connection, jobs.c.image_id.in_(image_ids), lock=True)


def lock_failed(connection: Connection, commit_id: str, image_ids: Collection[str]) -> list[Job]:
    """Lock and return the failed jobs of a commit's images, message and task, except those of removed images."""
    here = select(images.c.id).where(images.c.id.in_(image_ids), images.c.content_key.is_not(None))
    theirs = jobs.c.image_id.in_(here) | ((jobs.c.commit_id == commit_id) & jobs.c.image_id.is_(None))
    return _jobs(connection, theirs, jobs.c.state == "failed", lock=True)


def lock_unverified_image(connection: Connection, image_id: str) -> list[Job]:
    """Lock and return the jobs of an image that need a clinician's answer."""
    return _jobs(connection, jobs.c.image_id == image_id, jobs.c.state == "unverified", lock=True)


def lock_unverified_step(connection: Connection, commit_id: str, kind: JobKind) -> list[Job]:
    """Lock and return a commit's message or task if it needs a clinician's answer."""
    own = (jobs.c.commit_id == commit_id) & jobs.c.image_id.is_(None) & (jobs.c.kind == kind)
    return _jobs(connection, own, jobs.c.state == "unverified", lock=True)


def store_decision(work: UnitOfWork, store: ImageStore, before: Job, after: Job, reason: str) -> None:
    """Store a clinician's decision about a job, and publish it; `reason` is a stable identifier."""
    save(work.connection, before, after, reason, work.now)
    siblings = [] if after.image_id is None else _jobs(work.connection, jobs.c.image_id == after.image_id)
    show_progress(work, store, after, siblings, commits_of(work.connection, after))


def _jobs(connection: Connection, *conditions: ColumnElement[bool], lock: bool = False) -> list[Job]:
    query = select(jobs).where(*conditions).order_by(jobs.c.id)
    return [read_job(row) for row in connection.execute(query.with_for_update() if lock else query)]


def commits_of(connection: Connection, job: Job) -> frozenset[str]:
    """Return the ids of the commits that show a job: all those with its image."""
    if job.image_id is None:
        return frozenset({job.commit_id})
    query = select(commit_images.c.commit_id).where(commit_images.c.image_id == job.image_id)
    return frozenset(connection.scalars(query))


def in_progress(image_ids: Collection[str], commit_ids: Collection[str], waiting: ColumnElement[bool]) -> Any:
    """Select whether a job of these images, or a message or task of these commits, is in progress.

    A queued job counts, unless it is `waiting` for another job that needs a clinician.
    """
    is_running = or_(jobs.c.state == "sending", jobs.c.lease_owner.is_not(None))
    of_images = and_(jobs.c.image_id.in_(image_ids), jobs.c.state.in_(WAITING), or_(is_running, ~waiting))
    of_commits = and_(jobs.c.commit_id.in_(commit_ids), jobs.c.image_id.is_(None), is_running)
    return select(exists().where(or_(of_images, of_commits)))


def move_jobs(
    connection: Connection, image_ids: Collection[str], commit_ids: Collection[str], session_id: str
) -> None:
    """Move the jobs of these images and commits to a session."""
    theirs = or_(jobs.c.image_id.in_(image_ids), jobs.c.commit_id.in_(commit_ids))
    connection.execute(update(jobs).where(theirs).values(session_id=session_id))


def read_job(row: Any) -> Job:
    """Return the job of a row of `jobs`, or of anything with its columns as attributes."""
    error = None if row.error is None else JobError(**json.loads(row.error))
    return Job(**{name: getattr(row, name) for name in _COLUMNS}, error=error)


def _row(job: Job) -> dict[str, Any]:
    return {name: getattr(job, name) for name in _COLUMNS} | {"error": _error_json(job.error)}


def _error_json(error: JobError | None) -> str | None:
    return None if error is None else json.dumps(asdict(error), ensure_ascii=False)


def _transition(from_state: JobState, job: Job, reason: str, now: float) -> dict[str, object]:
    return {
        "job_id": job.id,
        "at": now,
        "from_state": from_state,
        "to_state": job.state,
        "reason": reason,
        "attempt": job.attempt,
        "correlation_id": job.correlation_id,
        "error": _error_json(job.error),
    }


def _publish(work: UnitOfWork, job: Job, commit_ids: Collection[str]) -> None:
    if job.image_id is not None:
        work.publish(job.session_id, "image.updated", job.image_id)
    for commit_id in sorted(commit_ids):
        work.publish(job.session_id, "commit.updated", commit_id)


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


def _labelled(table: Any) -> list[ColumnElement[Any]]:
    return [column.label(f"{table.name}_{column.name}") for column in table.c]


class _PrefixedRow:
    """The columns of one table in a row of a join, as attributes."""

    def __init__(self, row: Row[Any], table: str) -> None:
        self._row = row
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, f"{self._table}_{name}")
