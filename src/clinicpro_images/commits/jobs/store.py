"""The durable queue: workers take jobs under a lease, and a dead worker's jobs are taken over.

PostgreSQL shares rows between processes with FOR UPDATE SKIP LOCKED; SQLite has one writer at a time,
so the same statement in a writing transaction gives the same promise.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache

import structlog
from sqlalchemy import ColumnElement, Double, Integer, and_, bindparam, or_, select, update
from sqlalchemy.sql import Select

from clinicpro_images.audit.entry import Action, Entry
from clinicpro_images.commits.jobs.dependencies import original_pending
from clinicpro_images.commits.jobs.job import Job, JobState, landed, worker_lost
from clinicpro_images.commits.jobs.rows import change_job, hold_jobs, read_job, show_progress
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.database import Database, now_seconds
from clinicpro_images.db.in_list import in_param
from clinicpro_images.db.tables import commit_images, images, jobs
from clinicpro_images.events.journal import Write
from clinicpro_images.images.store import ImageStore

log = structlog.get_logger()

# What becomes of a job, in the words of the audit trail.
_ENDS: dict[JobState, Action] = {
    "committed": "commit.landed",
    "failed": "commit.failed",
    "unverified": "commit.unverified",
}


# Made once: making it costs more than the rest of the query that uses it.
_IMAGE_JOBS = jobs.alias()
_HELD = select(jobs).where(jobs.c.id == bindparam("job_id")).with_for_update()
_LEASE = (
    update(jobs)
    .where(in_param(jobs.c.id, "taken"))
    .values(lease_owner=bindparam("owner"), lease_until=now_seconds() + bindparam("seconds", type_=Double))
)


class LeaseLost(Exception):
    """Another worker has this job now; what this one was about to record no longer counts."""


@dataclass(frozen=True)
class Queue:
    """One worker's door to the jobs. `owner` names the worker, `lease` is in seconds.

    `clock` is set by the database's with each look at the queue.
    """

    database: Database
    write: Callable[[], AbstractAsyncContextManager[Write]]
    images: ImageStore
    owner: str
    lease: float
    clock: DatabaseClock | None = None

    async def take(
        self, limit: int, *, excluded: Collection[str] = (), running: Collection[str] = ()
    ) -> list[Job]:
        """Lease up to `limit` jobs that are due, oldest first, none of the `excluded` facilities.

        A job that a dead worker was sending comes back as one that may have landed. `running` names the jobs that
        this worker is busy with: after a standstill their leases may have lapsed, and they are nobody's orphans.
        """
        async with self.database.write() as connection:
            if self.clock is not None:
                await self.clock.sync(connection)
            asked = {"most": limit, "excluded": excluded}
            taken = await self._lease(connection, _due(), asked, running)
        return [job for each in taken if (job := await self._taken_over(each)) is not None]

    async def take_overdue(
        self,
        limit: int,
        facilities: Collection[str],
        *,
        queued_before: float,
        sent_before: float,
        running: Collection[str] = (),
    ) -> list[Job]:
        """Lease waiting jobs of these facilities that were asked for before then, whether they are due or not.

        Not what was sent since `sent_before`: a write may still be under way.
        """
        if not facilities:
            return []
        asked = {
            "most": limit,
            "facilities": facilities,
            "queued_before": queued_before,
            "sent_before": sent_before,
        }
        async with self.database.write() as connection:
            return await self._lease(connection, _overdue(), asked, running)

    async def _lease(
        self,
        connection: AsyncConnection,
        query: Select[tuple[object, ...]],
        asked: Mapping[str, object],
        running: Collection[str],
    ) -> list[Job]:
        found = [read_job(row) for row in (await connection.execute(query, asked)).all()]
        taken = [job for job in found if job.id not in running]
        if taken:
            ids = [job.id for job in taken]
            await connection.execute(_LEASE, {"taken": ids, "owner": self.owner, "seconds": self.lease})
        return taken

    async def _taken_over(self, job: Job) -> Job | None:
        """Record that the worker before this one is gone, where it was sending.

        In a transaction of its own, which locks picture before job like every other one. Whoever dies in between
        leaves the job "sending", under a lease that ends.
        """
        if job.state != "sending":
            return job
        try:
            found = await self.record(job, worker_lost(job), "worker-lost", release=False)
        except LeaseLost:
            return None
        # The worker given up for dead may have brought it home in this very moment.
        return None if found.is_settled else found

    async def renew(self, job_ids: Collection[str]) -> None:
        """Keep the leases of jobs that are still being worked on."""
        if not job_ids:
            return
        async with self.database.write() as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(self._held(job_ids)))
                .values(lease_until=now_seconds() + self.lease)
            )

    def _held(self, job_ids: Collection[str], *more: ColumnElement[bool]) -> Select[tuple[str]]:
        """Those of these jobs that this worker has, held in one order and without waiting: nobody waits in a circle.

        One that is passed over is being recorded, and its lease is looked after again in a third of its time.
        """
        mine = select(jobs.c.id).where(jobs.c.id.in_(job_ids), jobs.c.lease_owner == self.owner, *more)
        return mine.order_by(jobs.c.id).with_for_update(skip_locked=True)

    async def record(self, before: Job, after: Job, reason: str, *, release: bool = True) -> Job:
        """Store a transition; raises LeaseLost unless this worker holds the job.

        That a resource landed is stored whoever holds the job: it is true, and it ends the matter.
        """
        return (await self._record(before, after, reason, release=release))[0]

    async def record_landed(self, job: Job, resource_id: str, reason: str) -> tuple[Job, float | None]:
        """Store that it landed. If with it every resource of its picture has, say how many seconds that one has been here.

        Then its bytes can go.
        """
        return await self._record(job, landed(job, resource_id), reason, release=True)

    async def _record(
        self, before: Job, after: Job, reason: str, *, release: bool
    ) -> tuple[Job, float | None]:
        async with self.write() as transaction:
            connection = transaction.connection
            if before.image_id is None:
                rows = (await connection.execute(_HELD, {"job_id": before.id})).all()
            else:
                # Picture before job, everywhere: else two transactions could wait for each other. It also lets two
                # jobs of one picture see each other's outcome.
                await self.images.lock(connection, [before.image_id])
                rows = await hold_jobs(connection, [before.image_id])
            row = next(each for each in rows if each.id == before.id)
            if row.lease_owner != self.owner and after.state != "committed":
                raise LeaseLost(before.id)
            if row.state == "committed":
                # Where a clinician saw it in the inbox, no id is known.
                if after.state == "committed" and row.resource_id not in {None, after.resource_id}:
                    log.error(
                        "commit.landed-twice",
                        message="A resource landed that had been filed already. Remove one of the two in Evolution.",
                        correlation_id=before.correlation_id,
                        kind=before.kind,
                    )
                return read_job(row), None
            await change_job(connection, before, after, reason, transaction.now, release=release)
            siblings = [after if each.id == after.id else read_job(each) for each in rows]
            filed_after = await show_progress(transaction, self.images, after, siblings)
            await self._record_audit(transaction, before, after)
        return after, filed_after

    async def _record_audit(self, transaction: Write, before: Job, after: Job) -> None:
        """Record how it ended, for the audit trail: in the name of who asked for it."""
        if after.state == before.state or after.state not in _ENDS:
            return
        about = {"kind": after.kind} | ({"problem": after.problem.slug} if after.problem else {})
        transaction.record(
            Entry(
                _ENDS[after.state],
                await transaction.actor_of(after.session_id),
                subject=after.image_id or after.commit_id,
                document_id=after.resource_id or "",
                about=about,
            )
        )

    async def release(self, job_ids: Collection[str]) -> None:
        """Give jobs back that were not begun, so that another worker need not wait for the lease."""
        if not job_ids:
            return
        async with self.database.write() as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(self._held(job_ids, jobs.c.state == "queued")))
                .values(lease_owner=None, lease_until=None)
            )


# The queries of the queue are written once: to put them together takes longer than to carry them out.
@cache
def _due() -> Select[tuple[object, ...]]:
    due = or_(and_(jobs.c.state == "queued", jobs.c.not_before <= now_seconds()), jobs.c.state == "sending")
    return _free_jobs().where(due, ~in_param(jobs.c.facility_id, "excluded"))


@cache
def _overdue() -> Select[tuple[object, ...]]:
    return _free_jobs().where(
        jobs.c.state == "queued",
        in_param(jobs.c.facility_id, "facilities"),
        jobs.c.queued_at <= bindparam("queued_before", type_=Double),
        or_(jobs.c.sent_at.is_(None), jobs.c.sent_at <= bindparam("sent_before", type_=Double)),
    )


def _free_jobs() -> Select[tuple[object, ...]]:
    """Jobs that no living worker holds and that need not wait for another, oldest first; `most` of them."""
    free = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now_seconds())
    return (
        select(jobs)
        .where(free)
        .where(or_(jobs.c.image_id.is_not(None), ~_images_pending()))
        .where(or_(jobs.c.original_job_id.is_(None), ~original_pending()))
        .order_by(jobs.c.not_before, jobs.c.queued_at, jobs.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


def _images_pending() -> ColumnElement[bool]:
    """A message or a task waits until every picture of its commit has landed.

    Not for one that was destroyed unfiled: that never lands. The job is taken, and ends with a reason.
    """
    return (
        select(_IMAGE_JOBS.c.id)
        .join(commit_images, commit_images.c.image_id == _IMAGE_JOBS.c.image_id)
        .join(images, images.c.id == _IMAGE_JOBS.c.image_id)
        .where(
            commit_images.c.commit_id == jobs.c.commit_id,
            _IMAGE_JOBS.c.state != "committed",
            images.c.content_key.is_not(None),
        )
        .exists()
    )
