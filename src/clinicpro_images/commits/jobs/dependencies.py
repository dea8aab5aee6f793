"""What a job waits for: a message or task for the images of its commit, an edited copy for its original.

An edited copy refers to the document that it was made from, so it is written after that one. The original's job is
determined when the copy is committed: that of its nearest ancestor that is filed, being filed, or in the same commit.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, exists, select, update

from clinicpro_images.db.tables import commit_images, images, jobs
from clinicpro_images.images.image import Image

_DECIDED = ("committed", "failed")

_IMAGE_JOBS = jobs.alias("image_jobs")
_PENDING_ORIGINAL, _UNVERIFIED_ORIGINAL = jobs.alias("pending_original"), jobs.alias("unverified_original")


def follow_originals(connection: Connection, copies: Collection[Image]) -> None:
    """Store each edited copy's `original_job_id`; call it after storing all jobs of the commit."""
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
        # An original that failed in an earlier commit must not block a copy that is filed alone.
        if row.id is not None and (row.state != "failed" or original_id in committed):
            return str(row.id)
        original_id = row.derived_from
    return None


def images_pending() -> ColumnElement[bool]:
    """Condition: an image of the commit is not in the record yet, so its message and task wait.

    An image that was destroyed unfiled doesn't count: then the job is leased, and fails with a reason.
    """
    return exists().where(
        commit_images.c.commit_id == jobs.c.commit_id,
        _IMAGE_JOBS.c.image_id == commit_images.c.image_id,
        _IMAGE_JOBS.c.state != "committed",
        images.c.id == _IMAGE_JOBS.c.image_id,
        images.c.content_key.is_not(None),
    )


def original_pending() -> ColumnElement[bool]:
    """Condition: the copy's original is still being filed, so the copy waits; not if it was destroyed unfiled."""
    return exists().where(
        _PENDING_ORIGINAL.c.id == jobs.c.original_job_id,
        _PENDING_ORIGINAL.c.state.not_in(_DECIDED),
        images.c.id == _PENDING_ORIGINAL.c.image_id,
        images.c.content_key.is_not(None),
    )


def original_unverified() -> ColumnElement[bool]:
    """Condition: the copy's original needs a clinician's answer, so the copy waits."""
    return exists().where(
        _UNVERIFIED_ORIGINAL.c.id == jobs.c.original_job_id, _UNVERIFIED_ORIGINAL.c.state == "unverified"
    )
