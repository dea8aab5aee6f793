"""Jobs as rows: reading, writing a transition, and what a picture's state is by its jobs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from clinicpro_images.commits.jobs.job import WAITING, Job, JobError, JobState
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.in_list import in_param
from clinicpro_images.db.tables import commit_images, job_transitions, jobs
from clinicpro_images.events.journal import Write
from clinicpro_images.images.store import ImageStore

# The first of these that any of several jobs is in, is what needs attention most.
_WORST_FIRST: tuple[JobState, ...] = ("unverified", "failed", "sending", "queued", "committed")

# Made once: to put a statement together takes longer than to carry it out.
_ADD = insert(jobs)
_CHANGE = update(jobs).where(jobs.c.id == bindparam("job_id"))
_TAKE_DOWN = insert(job_transitions)
_OF_IMAGE = select(jobs).where(jobs.c.image_id == bindparam("of_image")).order_by(jobs.c.kind)
_OF_IMAGES_HELD = (
    select(jobs).where(in_param(jobs.c.image_id, "image_ids")).order_by(jobs.c.id).with_for_update()
)
_COMMITS_OF_IMAGE = select(commit_images.c.commit_id).where(commit_images.c.image_id == bindparam("of_image"))
_NO_LEASE = {"lease_owner": None, "lease_until": None}


def read_job(row: Row[Any]) -> Job:
    """Make a job of a row."""
    return Job(
        id=row.id,
        kind=row.kind,
        commit_id=row.commit_id,
        image_id=row.image_id,
        session_id=row.session_id,
        facility_id=row.facility_id,
        identifier=row.identifier,
        correlation_id=row.correlation_id,
        queued_at=row.queued_at,
        state=row.state,
        attempt=row.attempt,
        may_have_landed=row.may_have_landed,
        sent_at=row.sent_at,
        not_before=row.not_before,
        resource_id=row.resource_id,
        original_job_id=row.original_job_id,
        problem=None if row.error is None else JobError(**json.loads(row.error)),
    )


def job_error_json(problem: JobError | None) -> str | None:
    """Serialise a problem for its column."""
    return None if problem is None else json.dumps(asdict(problem), ensure_ascii=False)


def overall(states: Iterable[JobState]) -> JobState:
    """Return what several jobs amount to; there is at least one."""
    found = set(states)
    return next(state for state in _WORST_FIRST if state in found)


def image_state(states: Iterable[JobState]) -> JobState:
    """Return what a picture's state is by its jobs, one per kind of resource.

    As long as one of them is under way it is under way: "failed" opens the picture's details to be changed.
    """
    found = set(states)
    return overall(found & WAITING or found)


async def add_jobs(connection: AsyncConnection, new: Sequence[Job], now: float) -> None:
    """Insert jobs; raises IntegrityError when a picture has one of its kind."""
    if not new:
        return
    rows = [
        {
            "id": job.id,
            "kind": job.kind,
            "commit_id": job.commit_id,
            "image_id": job.image_id,
            "session_id": job.session_id,
            "facility_id": job.facility_id,
            "identifier": job.identifier,
            "correlation_id": job.correlation_id,
            "state": job.state,
            "attempt": job.attempt,
            "may_have_landed": job.may_have_landed,
            "queued_at": job.queued_at,
            "not_before": job.not_before,
            "changed_at": now,
        }
        for job in new
    ]
    await connection.execute(_ADD, rows)
    await connection.execute(_TAKE_DOWN, [_record(job.state, job, "requested", now) for job in new])


async def change_job(
    connection: AsyncConnection, before: Job, after: Job, reason: str, now: float, *, release: bool = False
) -> None:
    """Store a transition and its record; `reason` is a stable word, `release` ends the worker's lease with it."""
    changed = {
        "job_id": after.id,
        "state": after.state,
        "attempt": after.attempt,
        "may_have_landed": after.may_have_landed,
        "sent_at": after.sent_at,
        "queued_at": after.queued_at,
        "not_before": after.not_before,
        "correlation_id": after.correlation_id,
        "resource_id": after.resource_id,
        "error": job_error_json(after.problem),
        "changed_at": now,
    }
    await connection.execute(_CHANGE, changed | _NO_LEASE if release else changed)
    await connection.execute(_TAKE_DOWN, _record(before.state, after, reason, now))


def _record(from_state: JobState, job: Job, reason: str, now: float) -> dict[str, object]:
    return {
        "job_id": job.id,
        "at": now,
        "from_state": from_state,
        "to_state": job.state,
        "reason": reason,
        "attempt": job.attempt,
        "correlation_id": job.correlation_id,
        "error": job_error_json(job.problem),
    }


async def hold_jobs(connection: AsyncConnection, image_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """Return the rows of these pictures' jobs, of each one per kind of resource, and hold them."""
    return (await connection.execute(_OF_IMAGES_HELD, {"image_ids": image_ids})).all()


async def jobs_of_image(connection: AsyncConnection, image_id: str) -> list[Job]:
    """Return the jobs of one picture, one per kind of resource."""
    return [read_job(row) for row in (await connection.execute(_OF_IMAGE, {"of_image": image_id})).all()]


async def show_progress(
    transaction: Write, images: ImageStore, job: Job, siblings: Iterable[Job] | None = None
) -> float | None:
    """Bring the picture's own state up to date with its jobs, and tell whoever watches.

    `siblings` are all jobs of its picture, this one among them, where they are known. Returns how many seconds after
    it came the picture is filed, when it is filed by this.
    """
    connection = transaction.connection
    commit_ids, filed_after = {job.commit_id}, None
    if job.image_id is not None:
        siblings = list(siblings or await jobs_of_image(connection, job.image_id))
        state = image_state(sibling.state for sibling in siblings)
        if state == "committed":
            ids = {sibling.kind: sibling.resource_id for sibling in siblings}
            uploaded_at, newest = await images.set_filed(
                connection,
                job.image_id,
                document_reference_id=ids.get("document-reference"),
                media_id=ids.get("media"),
                now=transaction.now,
            )
            filed_after = transaction.now - uploaded_at
        else:
            newest = await images.set_state(connection, job.image_id, state)
        await transaction.tell(job.session_id, "image.updated", job.image_id)
        if newest != job.commit_id:
            # Jobs are made for the first request that asks for a picture, so there are others.
            commit_ids |= set((await connection.scalars(_COMMITS_OF_IMAGE, {"of_image": job.image_id})).all())
    for commit_id in sorted(commit_ids):
        await transaction.tell(job.session_id, "commit.updated", commit_id)
    return filed_after
