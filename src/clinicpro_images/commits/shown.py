"""What a request to file shows: its jobs with their pictures, all as they were at one moment."""

from types import SimpleNamespace
from typing import Any

from sqlalchemy import BindParameter, Row, and_, bindparam, or_, select

from clinicpro_images.commits.request import StoredRequest
from clinicpro_images.commits.rows import read_job
from clinicpro_images.commits.views import CommitView, commit_view
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.tables import commit_photos, jobs, photos
from clinicpro_images.photos.photo import Photo
from clinicpro_images.photos.store import PhotoStore

_COMMIT: BindParameter[str] = bindparam("of_commit")
_SESSION: BindParameter[str] = bindparam("of_session")
_ITS_PHOTOS = select(commit_photos.c.photo_id).where(commit_photos.c.commit_id == _COMMIT)
_ITS_STEPS = and_(jobs.c.commit_id == _COMMIT, jobs.c.photo_id.is_(None))
# One statement: PostgreSQL reads each of several as of another moment, and what lands between two would be shown half,
# as filed without an id, or failed without a reason. Every picture of a request has a job.
_SHOWN = (
    select(*jobs.c, *(column.label(f"its_{column.name}") for column in photos.c))
    .join_from(
        jobs, photos, and_(photos.c.id == jobs.c.photo_id, photos.c.session_id == _SESSION), isouter=True
    )
    .join(
        commit_photos,
        and_(commit_photos.c.photo_id == jobs.c.photo_id, commit_photos.c.commit_id == _COMMIT),
        isouter=True,
    )
    .where(or_(jobs.c.photo_id.in_(_ITS_PHOTOS), _ITS_STEPS))
    .order_by(commit_photos.c.position, jobs.c.id)
)
_JOB_COLUMNS = len(jobs.c)


async def view_of(
    connection: AsyncConnection, store: PhotoStore, session_id: str, request: StoredRequest
) -> CommitView:
    """Show a request with the pictures that are in this session."""
    asked = {"of_commit": request.id, "of_session": session_id}
    rows = (await connection.execute(_SHOWN, asked)).all()
    pictures: dict[str, Photo] = {}
    for row in rows:
        if row.its_id is not None and row.its_id not in pictures:
            pictures[row.its_id] = store.read(_photo_row(row))
    return commit_view(
        request.id,
        request.created_at,
        request.target,
        list(pictures.values()),
        [read_job(row) for row in rows],
        routing=request.routing,
        changed={row.id: row.changed_at for row in rows if row.photo_id is None},
    )


def _photo_row(row: Row[Any]) -> SimpleNamespace:
    return SimpleNamespace(**dict(zip(photos.c.keys(), row[_JOB_COLUMNS:], strict=True)))
