"""Held images: a phone uploads them while its photos are still being looked at, and its *Send* releases them.

Until then they are on no desktop, in no list of unfiled images, and can't be filed; the phone keeps its own copy. They are
destroyed when the phone is disconnected, when the session ends, and after an hour.
"""

from dataclasses import replace

from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import images
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.due import held_over
from clinicpro_images.images.errors import TooManyImages
from clinicpro_images.images.image import Image
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.store import SessionStore

HELD_SECONDS = 3600.0
MAX_IMAGES = 20
"""Of one session."""


class HeldImages:
    """Releases held images."""

    def __init__(
        self, *, database: Database, store: ImageStore, sessions: SessionStore, blobs: PackedBlobs
    ) -> None:
        """Use `database`; `sessions` are locked while their images are counted, and `blobs` are read before a release."""
        self._database = database
        self._store = store
        self._files = StoredFiles(database=database, store=store, blobs=blobs)
        self._sessions = sessions

    async def release(self, caller: Caller, image_id: str) -> Image:
        """Put a held image on the desktop; doing so twice changes nothing.

        Raises NotFound for an image that the caller doesn't hold, or that the store has lost: the phone, which deletes its
        own copy after this, sends it again. Raises TooManyImages if the session is full, and StorageUnavailable.
        """
        image = await self._database.read(
            self._store.get, caller.session.id, image_id, handoff_id=caller.handoff_id
        )
        if image.state == "held" and not await self._files.are_whole(image):
            raise NotFound
        return await self._database.write(self._release, caller, image_id)

    def _release(self, work: UnitOfWork, caller: Caller, image_id: str) -> Image:
        connection, session_id = work.connection, caller.session.id
        self._sessions.lock(connection, session_id)
        image = self._store.get(connection, session_id, image_id, handoff_id=caller.handoff_id)
        if image.state != "held":
            return image
        return release_held(work, self._store, caller, image_id)


def release_held(work: UnitOfWork, store: ImageStore, caller: Caller, image_id: str) -> Image:
    """Put a held image of the caller's session on the desktop, whichever phone holds it; raises NotFound, TooManyImages."""
    image = store.find(work.connection, caller.session.id, image_id, lock=True)
    if image is None:
        raise NotFound
    if image.state != "held":
        return image
    if store.count(work.connection, image.session_id) >= MAX_IMAGES:
        raise TooManyImages
    store.set_state(work.connection, image_id, "staged")
    work.publish(image.session_id, "image.added", image_id)
    work.audit(Entry("image.released", caller.session.actor, subject=image_id, about=caller.about))
    return replace(image, state="staged")


def destroy_held(work: UnitOfWork, store: ImageStore, sessions: SessionStore, trail: Trail) -> list[str]:
    """Destroy held images whose hour, phone or session is over; return their contents' names in the store."""
    ended = held_over(
        work.connection, store, images.c.uploaded_at <= work.now - HELD_SECONDS, sessions.expired(work.now)
    )
    for image in ended:
        store.remove(work.connection, image.id)
        actor = trail.actor_of(work.connection, image.session_id)
        work.audit(Entry("image.purged", actor, subject=image.id, about={"reason": "held"}))
    return [image.content_name for image in ended]
