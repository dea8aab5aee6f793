"""Describing, showing and removing pictures that stand in a session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from clinicpro_images.audit.entry import Entry
from clinicpro_images.events.journal import Journal, Write
from clinicpro_images.images.audit_entries import entries_of
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.details import DetailsPatch, apply
from clinicpro_images.images.errors import DetailsError, ImageCommitted, ImageGone, ImageLocked
from clinicpro_images.images.image import CHANGEABLE, Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session

Size = Literal["thumb", "view", "full"]
EDGES: dict[Size, int] = {"thumb": 320, "view": 1600}


class ImageService:
    """The pictures of sessions, as long as they are here."""

    def __init__(self, *, journal: Journal, store: ImageStore, blobs: Blobs, workers: ImageWorkers) -> None:
        """Smaller versions are made by `workers`."""
        self._journal = journal
        self._store = store
        self._blobs = blobs
        self._workers = workers

    async def describe(self, caller: Caller, image_id: str, patch: DetailsPatch) -> Image:
        """Change details; raises NotFound, DetailsError, or PictureLocked once filing has begun."""
        async with self._journal.write() as transaction:
            image = await self._own(transaction, caller, image_id)
            if image.state not in CHANGEABLE:
                raise ImageLocked
            described = image.described(apply(patch, image.details, now=transaction.now))
            if not described.details.title and described.details.body_site is not None:
                raise DetailsError("Describe the body site in words that can be read.")
            await self._store.describe(transaction.connection, described)
            await transaction.tell(image.session_id, "image.updated", image_id)
            for entry in entries_of(caller, image, described):
                transaction.record(entry)
        return described

    async def arrange(self, session: Session, image_ids: Sequence[str]) -> list[Image]:
        """Put the session's pictures in this order, those not named after them; raises NotFound."""
        async with self._journal.write() as transaction:
            connection = transaction.connection
            # Sorted, as in filing, so that two requests wait for each other instead of deadlocking.
            found = {
                each: await self._store.get_in(connection, session.id, each, lock=True)
                for each in sorted(set(image_ids))
            }
            for position, image_id in enumerate(dict.fromkeys(image_ids)):
                image = found[image_id]
                if image.details.position == position:
                    continue
                placed = image.described(replace(image.details, position=position))
                await self._store.describe(connection, placed)
                await transaction.tell(session.id, "image.updated", image_id)
        return await self._store.of_session(session.id)

    async def remove(self, caller: Caller, image_id: str) -> None:
        """Remove a picture for good; raises NotFound, or PictureLocked once it may be in the record."""
        async with self._journal.write() as transaction:
            image = await self._own(transaction, caller, image_id)
            if image.state == "staged":
                await self._store.remove(transaction.connection, image)
            elif image.state == "failed":
                # It was asked to be filed, so what became of that stays; the picture itself goes.
                await self._store.destroy_content(transaction.connection, image_id)
            else:
                raise ImageLocked
            await transaction.tell(image.session_id, "image.removed", image_id, handoff_id=image.handoff_id)
            transaction.record(
                Entry("image.removed", caller.session.actor, subject=image_id, about=caller.about)
            )
        await self._blobs.remove(image_id)

    async def content(self, caller: Caller, image_id: str, size: Size) -> tuple[bytes, str]:
        """Return the bytes and their type; raises NotFound, or PictureFiled or PictureGone."""
        image = await self._store.get(caller.session.id, image_id, handoff_id=caller.handoff_id)
        if image.content_key is None:
            raise ImageCommitted if image.state == "committed" else ImageGone
        content = await self._blobs.read(image_id, image.content_key)
        if size != "thumb":
            # The small ones belong to the list that every page of the session shows.
            async with self._journal.write() as transaction:
                transaction.record(
                    Entry(
                        "image.viewed",
                        caller.session.actor,
                        subject=image_id,
                        about=caller.about | {"size": size},
                    )
                )
        if size == "full":
            return content, image.content_type
        return await self._workers.rendition(content, edge=EDGES[size]), "image/jpeg"

    async def _own(self, transaction: Write, caller: Caller, image_id: str) -> Image:
        return await self._store.get_in(
            transaction.connection, caller.session.id, image_id, lock=True, handoff_id=caller.handoff_id
        )
