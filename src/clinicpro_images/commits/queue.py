"""The durable queue: workers take jobs under a lease, and a dead worker's jobs are taken over.

PostgreSQL shares rows between processes with FOR UPDATE SKIP LOCKED; SQLite has one writer at a time,
so the same statement in a writing transaction gives the same promise.
"""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.sql import Select

from clinicpro_images.commits.job import Job, orphaned
from clinicpro_images.commits.rows import change_job, read_job, show_progress
from clinicpro_images.db.engine import Database, now_seconds
from clinicpro_images.db.tables import commit_photos, jobs, photos
from clinicpro_images.live.journal import Write
from clinicpro_images.photos.store import PhotoStore


class LeaseLost(Exception):
    """Another worker has this job now; what this one was about to record no longer counts."""


@dataclass(frozen=True)
class Queue:
    """One worker's door to the jobs. `owner` names the worker, `lease` is in seconds."""

    database: Database
    write: Callable[[], AbstractAsyncContextManager[Write]]
    photos: PhotoStore
    owner: str
    lease: float

    async def take(self, limit: int, *, excluded: Collection[str] = ()) -> list[Job]:
        """Lease up to `limit` jobs that are due, oldest first, none of the `excluded` facilities.

        A job that a dead worker was sending comes back as one that may have landed.
        """
        taken: list[Job] = []
        async with self.write() as transaction:
            connection = transaction.connection
            for row in (await connection.execute(_due(limit, excluded))).all():
                job = read_job(row)
                await connection.execute(
                    update(jobs)
                    .where(jobs.c.id == job.id)
                    .values(lease_owner=self.owner, lease_until=now_seconds() + self.lease)
                )
                if job.state == "sending":
                    found = orphaned(job)
                    await change_job(connection, job, found, "worker-lost", transaction.now)
                    await show_progress(transaction, self.photos, found)
                    job = found
                taken.append(job)
        return taken

    async def renew(self, job_ids: Collection[str]) -> None:
        """Keep the leases of jobs that are still being worked on."""
        if not job_ids:
            return
        async with self.database.write() as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(job_ids), jobs.c.lease_owner == self.owner)
                .values(lease_until=now_seconds() + self.lease)
            )

    async def record(self, before: Job, after: Job, reason: str, *, release: bool = True) -> Job:
        """Store a transition; raises LeaseLost unless this worker holds the job.

        That a resource landed is stored whoever holds the job: it is true, and it ends the matter.
        """
        async with self.write() as transaction:
            connection = transaction.connection
            query = select(jobs).where(jobs.c.id == before.id).with_for_update()
            row = (await connection.execute(query)).one()
            if row.lease_owner != self.owner and after.state != "committed":
                raise LeaseLost(before.id)
            if row.state == "committed":
                return read_job(row)
            await change_job(connection, before, after, reason, transaction.now)
            if release:
                await connection.execute(
                    update(jobs).where(jobs.c.id == before.id).values(lease_owner=None, lease_until=None)
                )
            await show_progress(transaction, self.photos, after)
        return after

    async def is_filed(self, photo_id: str) -> bool:
        """Say whether every resource of this picture has landed, so that its bytes can go."""
        query = select(photos.c.state).where(photos.c.id == photo_id)
        async with self.database.read() as connection:
            return (await connection.scalar(query)) == "committed"

    async def release(self, job_ids: Collection[str]) -> None:
        """Give jobs back that were not begun, so that another worker need not wait for the lease."""
        if not job_ids:
            return
        async with self.database.write() as connection:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id.in_(job_ids), jobs.c.lease_owner == self.owner, jobs.c.state == "queued")
                .values(lease_owner=None, lease_until=None)
            )


def _due(limit: int, excluded: Collection[str]) -> Select[tuple[object, ...]]:
    free = or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < now_seconds())
    due = or_(
        and_(jobs.c.state == "queued", jobs.c.not_before <= now_seconds(), free),
        and_(jobs.c.state == "sending", jobs.c.lease_until < now_seconds()),
    )
    return (
        select(jobs)
        .where(
            due, or_(jobs.c.photo_id.is_not(None), ~_pictures_pending()), jobs.c.facility_id.not_in(excluded)
        )
        .order_by(jobs.c.not_before, jobs.c.queued_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _pictures_pending() -> ColumnElement[bool]:
    """A message or a task waits until every picture of its commit has landed."""
    picture_jobs = jobs.alias()
    return (
        select(picture_jobs.c.id)
        .join(commit_photos, commit_photos.c.photo_id == picture_jobs.c.photo_id)
        .where(commit_photos.c.commit_id == jobs.c.commit_id, picture_jobs.c.state != "committed")
        .exists()
    )
