"""Images that were restored unfiled: once they were looked for, they are staged again, as if nothing had been asked."""

from collections.abc import Iterable

from sqlalchemy import delete, exists, select

from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.commits.jobs.lookup import commits_of
from clinicpro_images.db.tables import commit_images, commits, job_transitions, jobs
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.store import ImageStore


def is_only_looked_for(its_jobs: Iterable[Job]) -> bool:
    """Whether all jobs of an image were made by a restore, and none of them may be in the record."""
    return all(job.before_restore == "staged" and job.state == "failed" for job in its_jobs)


def give_back(work: UnitOfWork, store: ImageStore, job: Job) -> None:
    """Delete an image's jobs, and the commit that the restore made for them; the image is staged again."""
    assert job.image_id is not None  # noqa: S101 - only images are staged
    connection, commit_ids = work.connection, commits_of(work.connection, job)
    its_jobs = jobs.c.image_id == job.image_id
    transitions = job_transitions.c.job_id.in_(select(jobs.c.id).where(its_jobs))
    connection.execute(delete(job_transitions).where(transitions))
    connection.execute(delete(jobs).where(its_jobs))
    connection.execute(delete(commit_images).where(commit_images.c.image_id == job.image_id))
    used = exists().where(commit_images.c.commit_id == commits.c.id) | exists().where(
        jobs.c.commit_id == commits.c.id
    )
    connection.execute(delete(commits).where(commits.c.id.in_(commit_ids), ~used))
    store.take_back(connection, job.image_id)
    work.publish(job.session_id, "image.updated", job.image_id)
