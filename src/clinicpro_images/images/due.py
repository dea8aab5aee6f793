"""The SQL of what is due to be destroyed: images and copies for referrals whose time is up."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from clinicpro_images.db.tables import commit_images, handoffs, images
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.image_states import NEEDS_CLINICIAN

_CONTENT_NAME = func.coalesce(images.c.stored_as, images.c.id)


def unfiled_since(connection: Connection, store: ImageStore, before: float) -> list[Image]:
    """Return images that were uploaded `before` then and are not being filed, and lock their rows.

    The locks prevent a commit while they are destroyed; in the order of their ids, to avoid deadlocks.
    """
    query = select(images).where(
        images.c.uploaded_at < before,
        images.c.state.in_(NEEDS_CLINICIAN),
        images.c.content_key.is_not(None),
    )
    return [store.read(row) for row in connection.execute(query.order_by(images.c.id).with_for_update())]


def was_committed(connection: Connection, image_ids: Sequence[str]) -> frozenset[str]:
    """Return those of these images that belong to a commit."""
    query = select(commit_images.c.image_id).where(commit_images.c.image_id.in_(image_ids))
    return frozenset(connection.scalars(query))


def with_content(connection: Connection) -> frozenset[str]:
    """Return the names in the store of images' contents and of copies for referrals, as far as they are here."""
    here = images.c.content_key.is_not(None) | images.c.copy_key.is_not(None)
    return frozenset(connection.scalars(select(_CONTENT_NAME).where(here)))


def held_over(connection: Connection, store: ImageStore, *conditions: ColumnElement[bool]) -> list[Image]:
    """Return held images that meet any of these conditions, or whose phone is disconnected, and lock their rows."""
    live = select(handoffs.c.id).where(handoffs.c.cut_off_at.is_(None))
    over = or_(images.c.handoff_id.not_in(live), *conditions)
    query = select(images).where(images.c.state == "held", over).order_by(images.c.id)
    return [store.read(row) for row in connection.execute(query.with_for_update())]


def end_copies(connection: Connection, *conditions: ColumnElement[bool]) -> list[str]:
    """Destroy the keys of copies for referrals that meet any of these conditions; return their contents' names in the store.

    Those whose key was destroyed with their session are returned too, so that their content is removed.
    """
    over = or_(images.c.copy_key.is_(None), *conditions)
    ended = update(images).where(images.c.copy_until.is_not(None), over)
    ended = ended.values(copy_key=None, copy_until=None)
    return list(connection.scalars(ended.returning(_CONTENT_NAME)))
