"""An edited copy in Inbox Scan names the document it was made from, so it is written after that one.

Which job that is, is settled when filing is asked for: the nearest picture up the line of edits that is filed, is
being filed, or is asked for in the same request.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, select, update

from clinicpro_images.commits.errors import OriginalNotCommitted
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.in_list import in_literals
from clinicpro_images.db.tables import images, jobs
from clinicpro_images.images.image import Image

_SETTLED = ("committed", "failed")
# Made once: making it is the most expensive part of the queries that use it.
_ORIGINAL = jobs.alias()


async def follow_originals(connection: AsyncConnection, copies: Collection[Image]) -> None:
    """Remember for each edited copy which job files its original; every job of the request is stored by now."""
    asked_for = {image.id for image in copies}
    for image in copies:
        if image.derived_from is not None:
            job_id = await _job_of_original(connection, image, asked_for)
            await connection.execute(
                update(jobs)
                .where(jobs.c.image_id == image.id, jobs.c.kind == "document-reference")
                .values(original_job_id=job_id)
            )


async def _job_of_original(
    connection: AsyncConnection, image: Image, asked_for: Collection[str]
) -> str | None:
    seen = {image.id}
    original_id = image.derived_from
    while original_id is not None and original_id not in seen:
        seen.add(original_id)
        query = (
            select(images.c.derived_from, jobs.c.id, jobs.c.state)
            .join(
                jobs, (jobs.c.image_id == images.c.id) & (jobs.c.kind == "document-reference"), isouter=True
            )
            .where(images.c.id == original_id)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        # One that failed in an earlier request holds nobody up who files the copy alone.
        if row.id is not None and (row.state != "failed" or original_id in asked_for):
            return str(row.id)
        original_id = row.derived_from
    return None


def original_pending() -> ColumnElement[bool]:
    """A copy waits until its original has landed or failed; not for one that was destroyed unfiled."""
    return (
        select(_ORIGINAL.c.id)
        .join(images, images.c.id == _ORIGINAL.c.image_id)
        .where(
            _ORIGINAL.c.id == jobs.c.original_job_id,
            ~in_literals(_ORIGINAL.c.state, _SETTLED),
            images.c.content_key.is_not(None),
        )
        .exists()
    )


def original_in_question() -> ColumnElement[bool]:
    """A copy whose original waits for a clinician's answer is not on its way by itself."""
    return (
        select(_ORIGINAL.c.id)
        .where(_ORIGINAL.c.id == jobs.c.original_job_id, _ORIGINAL.c.state == "unverified")
        .exists()
    )


async def original_document(connection: AsyncConnection, job_id: str) -> str | None:
    """Return Medtech's id of the document that this job's picture was made from; None where there is none to name.

    Raises OriginalNotCommitted when filing the original failed: the copy would stand in the record without its link.
    """
    query = (
        select(_ORIGINAL.c.state, _ORIGINAL.c.resource_id, images.c.content_key)
        .join(images, images.c.id == _ORIGINAL.c.image_id)
        .join(jobs, jobs.c.original_job_id == _ORIGINAL.c.id)
        .where(jobs.c.id == job_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.state != "committed" and row.content_key is not None:
        raise OriginalNotCommitted
    return None if row.resource_id is None else str(row.resource_id)
