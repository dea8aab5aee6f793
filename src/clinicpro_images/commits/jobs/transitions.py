"""Stores new jobs and every change of one: with its transition, its image's state, and an event for those who watch."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, insert, update

from clinicpro_images.commits.jobs.job import Job, image_state
from clinicpro_images.commits.jobs.rows import FIXED, job_row, transition_row
from clinicpro_images.db.tables import job_transitions, jobs
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.store import ImageStore


def add_jobs(connection: Connection, new: Sequence[Job], now: float) -> None:
    """Insert jobs; raises IntegrityError if an image has a job of that kind already."""
    if new:
        connection.execute(insert(jobs), [job_row(job) | {"changed_at": now} for job in new])
        transitions = [transition_row(job.state, job, "requested", now) for job in new]
        connection.execute(insert(job_transitions), transitions)


def save(
    connection: Connection, before: Job, after: Job, reason: str, now: float, *, release: bool = False
) -> None:
    """Store a transition; `reason` is a stable identifier, `release` also ends the worker's lease."""
    values = {name: value for name, value in job_row(after).items() if name not in FIXED} | {
        "changed_at": now
    }
    if release:
        values |= {"lease_owner": None, "lease_until": None}
    connection.execute(update(jobs).where(jobs.c.id == after.id).values(values))
    connection.execute(insert(job_transitions), [transition_row(before.state, after, reason, now)])


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
        ids = {sibling.kind: sibling.resource_id for sibling in siblings}
        if state == "committed":
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
            if any(ids.values()):
                store.set_landed(
                    work.connection,
                    job.image_id,
                    document_reference_id=ids.get("document-reference"),
                    media_id=ids.get("media"),
                )
    publish(work, job, commit_ids)
    return seconds


def publish(work: UnitOfWork, job: Job, commit_ids: Collection[str]) -> None:
    """Tell those who watch the job's image and these commits that they changed."""
    if job.image_id is not None:
        work.publish(job.session_id, "image.updated", job.image_id)
    for commit_id in sorted(commit_ids):
        work.publish(job.session_id, "commit.updated", commit_id)
