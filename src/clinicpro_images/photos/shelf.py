"""Describing, showing and removing pictures that stand in a session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from clinicpro_images.audit.entry import Entry
from clinicpro_images.errors import DetailsError, PictureFiled, PictureGone, PictureLocked
from clinicpro_images.imaging.workers import PictureWorkers
from clinicpro_images.live.journal import Journal, Write
from clinicpro_images.photos.blobs import Blobs
from clinicpro_images.photos.details import DetailsPatch, apply
from clinicpro_images.photos.photo import CHANGEABLE, Photo
from clinicpro_images.photos.store import PhotoStore
from clinicpro_images.photos.witness import entries_of
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session

Size = Literal["thumb", "view", "full"]
EDGES: dict[Size, int] = {"thumb": 320, "view": 1600}


class Shelf:
    """The pictures of sessions, as long as they are here."""

    def __init__(self, *, journal: Journal, store: PhotoStore, blobs: Blobs, workers: PictureWorkers) -> None:
        """Smaller versions are made by `workers`."""
        self._journal = journal
        self._store = store
        self._blobs = blobs
        self._workers = workers

    async def describe(self, caller: Caller, photo_id: str, patch: DetailsPatch) -> Photo:
        """Change details; raises NotFound, DetailsError, or PictureLocked once filing has begun."""
        async with self._journal.write() as transaction:
            photo = await self._own(transaction, caller, photo_id)
            if photo.state not in CHANGEABLE:
                raise PictureLocked
            described = photo.described(apply(patch, photo.details, now=transaction.now))
            if not described.details.title and described.details.body_site is not None:
                raise DetailsError("Describe the body site in words that can be read.")
            await self._store.describe(transaction.connection, described)
            await transaction.tell(photo.session_id, "image.updated", photo_id)
            for entry in entries_of(caller, photo, described):
                transaction.record(entry)
        return described

    async def arrange(self, session: Session, photo_ids: Sequence[str]) -> list[Photo]:
        """Put the session's pictures in this order, those not named after them; raises NotFound."""
        async with self._journal.write() as transaction:
            connection = transaction.connection
            # Sorted, as in filing, so that two requests wait for each other instead of deadlocking.
            found = {
                each: await self._store.get_in(connection, session.id, each, lock=True)
                for each in sorted(set(photo_ids))
            }
            for position, photo_id in enumerate(dict.fromkeys(photo_ids)):
                photo = found[photo_id]
                if photo.details.position == position:
                    continue
                placed = photo.described(replace(photo.details, position=position))
                await self._store.describe(connection, placed)
                await transaction.tell(session.id, "image.updated", photo_id)
        return await self._store.of_session(session.id)

    async def remove(self, caller: Caller, photo_id: str) -> None:
        """Remove a picture for good; raises NotFound, or PictureLocked once it may be in the record."""
        async with self._journal.write() as transaction:
            photo = await self._own(transaction, caller, photo_id)
            if photo.state == "staged":
                await self._store.remove(transaction.connection, photo)
            elif photo.state == "failed":
                # It was asked to be filed, so what became of that stays; the picture itself goes.
                await self._store.forget(transaction.connection, photo_id)
            else:
                raise PictureLocked
            await transaction.tell(photo.session_id, "image.removed", photo_id, handoff_id=photo.handoff_id)
            transaction.record(
                Entry("picture.removed", caller.session.actor, subject=photo_id, about=caller.about)
            )
        await self._blobs.remove(photo_id)

    async def content(self, caller: Caller, photo_id: str, size: Size) -> tuple[bytes, str]:
        """Return the bytes and their type; raises NotFound, or PictureFiled or PictureGone."""
        photo = await self._store.get(caller.session.id, photo_id, handoff_id=caller.handoff_id)
        if photo.picture_key is None:
            raise PictureFiled if photo.state == "committed" else PictureGone
        content = await self._blobs.read(photo_id, photo.picture_key)
        if size != "thumb":
            # The small ones belong to the list that every page of the session shows.
            async with self._journal.write() as transaction:
                transaction.record(
                    Entry(
                        "picture.viewed",
                        caller.session.actor,
                        subject=photo_id,
                        about=caller.about | {"size": size},
                    )
                )
        if size == "full":
            return content, photo.content_type
        return await self._workers.rendition(content, edge=EDGES[size]), "image/jpeg"

    async def _own(self, transaction: Write, caller: Caller, photo_id: str) -> Photo:
        return await self._store.get_in(
            transaction.connection, caller.session.id, photo_id, lock=True, handoff_id=caller.handoff_id
        )
