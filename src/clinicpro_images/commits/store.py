"""What a request to file shows: its jobs with their pictures, all as they were at one moment."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, or_, select

from clinicpro_images.commits.accept import Commit
from clinicpro_images.commits.jobs.rows import read_job
from clinicpro_images.commits.schemas import CommitSchema, commit_schema
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.tables import commit_images, images, jobs
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore

_COMMIT: BindParameter[str] = bindparam("of_commit")
_SESSION: BindParameter[str] = bindparam("of_session")
_ITS_IMAGES = select(commit_images.c.image_id).where(commit_images.c.commit_id == _COMMIT)
_ITS_STEPS = and_(jobs.c.commit_id == _COMMIT, jobs.c.image_id.is_(None))
# One statement: PostgreSQL reads each of several as of another moment, and what lands between two would be shown half,
# as filed without an id, or failed without a reason. Every picture of a request has a job.
_SHOWN = (
    select(*jobs.c, *(column.label(f"its_{column.name}") for column in images.c))
    .join_from(
        jobs, images, and_(images.c.id == jobs.c.image_id, images.c.session_id == _SESSION), isouter=True
    )
    .join(
        commit_images,
        and_(commit_images.c.image_id == jobs.c.image_id, commit_images.c.commit_id == _COMMIT),
        isouter=True,
    )
    .where(or_(jobs.c.image_id.in_(_ITS_IMAGES), _ITS_STEPS))
    .order_by(commit_images.c.position, jobs.c.id)
)
_JOB_COLUMNS = len(jobs.c)


async def read_commit_schema(
    connection: AsyncConnection, store: ImageStore, session_id: str, request: Commit
) -> CommitSchema:
    """Show a request with the pictures that are in this session."""
    asked = {"of_commit": request.id, "of_session": session_id}
    rows = (await connection.execute(_SHOWN, asked)).all()
    images: dict[str, Image] = {}
    for row in rows:
        if row.its_id is not None and row.its_id not in images:
            images[row.its_id] = store.read(_image_row(row))
    return commit_schema(
        request.id,
        request.created_at,
        request.target,
        list(images.values()),
        [read_job(row) for row in rows],
        routing=request.routing,
        changed={row.id: row.changed_at for row in rows if row.image_id is None},
    )


def _image_row(row: Row[Any]) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(images.c.keys(), row[_JOB_COLUMNS:], strict=True)))
