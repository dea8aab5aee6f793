"""Finds jobs by their image or commit, for requests, for clinicians' decisions and for what waits on them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from clinicpro_images.commits.jobs.job import WAITING, Job, JobKind
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.jobs.transitions import save, show_progress
from clinicpro_images.db.tables import commit_images, images, jobs
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.store import ImageStore


def lock_jobs_of(connection: Connection, image_ids: Collection[str]) -> list[Job]:
    """Lock and return the jobs of these images, in the order of their ids."""
    return _jobs(connection, jobs.c.image_id.in_(image_ids), lock=True)


def lock_failed(connection: Connection, commit_id: str, image_ids: Collection[str]) -> list[Job]:
    """Lock and return the failed jobs of a commit's images, message and task, except those of removed images."""
    here = select(images.c.id).where(images.c.id.in_(image_ids), images.c.content_key.is_not(None))
    theirs = jobs.c.image_id.in_(here) | ((jobs.c.commit_id == commit_id) & jobs.c.image_id.is_(None))
    return _jobs(connection, theirs, jobs.c.state == "failed", lock=True)


def lock_waiting(connection: Connection, commit_id: str, image_ids: Collection[str]) -> list[Job]:
    """Lock and return the queued jobs of a commit that no worker has leased."""
    theirs = jobs.c.image_id.in_(image_ids) | ((jobs.c.commit_id == commit_id) & jobs.c.image_id.is_(None))
    return _jobs(connection, theirs, jobs.c.state == "queued", jobs.c.lease_owner.is_(None), lock=True)


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


def _jobs(connection: Connection, *conditions: ColumnElement[bool], lock: bool = False) -> list[Job]:
    query = select(jobs).where(*conditions).order_by(jobs.c.id)
    return [read_job(row) for row in connection.execute(query.with_for_update() if lock else query)]
