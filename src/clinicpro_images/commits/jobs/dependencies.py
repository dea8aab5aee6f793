"""What a job waits for: a message or task for the images of its commit, an edited copy for its original.

An edited copy names the document that it was made from, so it is written after that one. Which job that is, is settled
when the copy is committed: the nearest image up the line of edits that is filed, is being filed, or is committed with it.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, exists, select, update

from clinicpro_images.db.tables import commit_images, images, jobs
from clinicpro_images.images.image import Image

_SETTLED = ("committed", "failed")


def follow_originals(connection: Connection, copies: Collection[Image]) -> None:
    """Store for each edited copy which job files its original; every job of the commit is stored by now."""
    committed = {image.id for image in copies}
    for image in copies:
        if image.derived_from is not None:
            connection.execute(
                update(jobs)
                .where(jobs.c.image_id == image.id, jobs.c.kind == "document-reference")
                .values(original_job_id=_job_of_original(connection, image, committed))
            )


def _job_of_original(connection: Connection, image: Image, committed: Collection[str]) -> str | None:
    seen = {image.id}
    original_id = image.derived_from
    while original_id is not None and original_id not in seen:
        seen.add(original_id)
        its_job = (jobs.c.image_id == images.c.id) & (jobs.c.kind == "document-reference")
        query = select(images.c.derived_from, jobs.c.id, jobs.c.state).join(jobs, its_job, isouter=True)
        row = connection.execute(query.where(images.c.id == original_id)).one_or_none()
        if row is None:
            return None
        # One that failed in an earlier commit holds up nobody who files the copy alone.
        if row.id is not None and (row.state != "failed" or original_id in committed):
            return str(row.id)
        original_id = row.derived_from
    return None


def images_pending() -> ColumnElement[bool]:
    """A message or a task waits until every image of its commit has landed.

    Not for one that was destroyed unfiled, which never lands: then the job is leased, and fails with a reason.
    """
    image_jobs = jobs.alias("image_jobs")
    return exists().where(
        commit_images.c.commit_id == jobs.c.commit_id,
        image_jobs.c.image_id == commit_images.c.image_id,
        image_jobs.c.state != "committed",
        images.c.id == image_jobs.c.image_id,
        images.c.content_key.is_not(None),
    )


def original_pending() -> ColumnElement[bool]:
    """A copy waits until its original has landed or failed; not for one that was destroyed unfiled."""
    original = jobs.alias("pending_original")
    return exists().where(
        original.c.id == jobs.c.original_job_id,
        original.c.state.not_in(_SETTLED),
        images.c.id == original.c.image_id,
        images.c.content_key.is_not(None),
    )


def original_in_question() -> ColumnElement[bool]:
    """A copy whose original waits for a clinician's answer goes nowhere until then."""
    original = jobs.alias("original_in_question")
    return exists().where(original.c.id == jobs.c.original_job_id, original.c.state == "unverified")
