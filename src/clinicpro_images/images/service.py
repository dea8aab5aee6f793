"""Shows, describes, orders and removes the images of a session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.audit_entries import entries_of
from clinicpro_images.images.details import DetailsPatch, apply
from clinicpro_images.images.errors import ImageLocked
from clinicpro_images.images.image import CHANGEABLE, Image
from clinicpro_images.images.image_files import PackedBlobs
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles, content_key
from clinicpro_images.imaging.errors import NoSuchPage
from clinicpro_images.imaging.limits import EDGES
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session

Size = Literal["thumb", "view", "full"]


class ImageService:
    """The images of sessions, while they are stored here."""

    def __init__(
        self, *, database: Database, store: ImageStore, blobs: PackedBlobs, workers: ImageWorkers
    ) -> None:
        """`workers` make smaller renditions."""
        self._database = database
        self._store = store
        self._blobs = blobs
        self._files = StoredFiles(database=database, store=store, blobs=blobs)
        self._workers = workers

    async def images_of(self, caller: Caller) -> list[Image]:
        """Return the session's images in the clinician's order; a phone sees its own."""
        found = await self._database.read(self._store.of_session, caller.session.id)
        return [image for image in found if image.is_visible_to(caller.handoff_id)]

    async def get(self, caller: Caller, image_id: str) -> Image:
        """Return one image; raises NotFound."""
        return await self._database.read(
            self._store.get, caller.session.id, image_id, handoff_id=caller.handoff_id
        )

    async def describe(self, caller: Caller, image_id: str, patch: DetailsPatch) -> Image:
        """Change details; raises NotFound, DetailsError, or ImageLocked once it is being filed."""
        return await self._database.write(self._describe, caller, image_id, patch)

    def _describe(self, work: UnitOfWork, caller: Caller, image_id: str, patch: DetailsPatch) -> Image:
        image = self._own(work, caller, image_id)
        if image.state not in CHANGEABLE:
            raise ImageLocked
        described = image.described(apply(patch, image.details, now=work.now))
        self._store.set_details(work.connection, described)
        if image.state != "held":
            work.publish(image.session_id, "image.updated", image_id)
        for entry in entries_of(caller, image, described):
            work.audit(entry)
        return described

    async def arrange(self, session: Session, image_ids: Sequence[str]) -> list[Image]:
        """Put the session's images in this order, followed by any others; raises NotFound."""
        return await self._database.write(self._arrange, session, image_ids)

    def _arrange(self, work: UnitOfWork, session: Session, image_ids: Sequence[str]) -> list[Image]:
        wanted = list(dict.fromkeys(image_ids))
        for position, image in enumerate(self._store.get_locked(work.connection, session.id, wanted)):
            if image.details.position != position:
                moved = image.described(replace(image.details, position=position))
                self._store.set_details(work.connection, moved)
                work.publish(session.id, "image.updated", image.id)
        found = self._store.of_session(work.connection, session.id)
        return [image for image in found if image.is_visible_to(None)]

    async def remove(self, caller: Caller, image_id: str) -> None:
        """Remove an image permanently; raises NotFound, or ImageLocked once it may be in the record."""
        await self._blobs.remove(await self._database.write(self._remove, caller, image_id))

    def _remove(self, work: UnitOfWork, caller: Caller, image_id: str) -> str:
        """Remove its row or its key; return its content's name in the store."""
        image = self._own(work, caller, image_id)
        if image.state in {"held", "staged"}:
            self._store.remove(work.connection, image_id)
        elif image.state == "failed":
            # The commit still shows it, so its row is kept; its content is destroyed.
            self._store.destroy_content(work.connection, image_id)
        else:
            raise ImageLocked
        if image.state != "held":
            work.publish(image.session_id, "image.removed", image_id, handoff_id=image.handoff_id)
        work.audit(Entry("image.removed", caller.session.actor, subject=image_id, about=caller.about))
        return image.content_name

    async def content(self, caller: Caller, image_id: str, size: Size, *, page: int = 1) -> tuple[bytes, str]:
        """Return the bytes and their type, in a smaller size of a document's page (counted from 1).

        Raises NotFound, NoSuchPage, ImageCommitted or ImageGone, or ImageMissing or ImageDamaged.
        """
        image = await self.get(caller, image_id)
        content_key(image)
        if page > image.pages:
            raise NoSuchPage
        files = await self._files.of(image, size=image.size)
        if size != "thumb":
            # Thumbnails are not recorded, because every page of the session loads them.
            about = caller.about | {"size": size}
            entry = Entry("image.viewed", caller.session.actor, subject=image_id, about=about)
            await self._database.write(UnitOfWork.audit, entry)
        if size == "full":
            return files.original, image.content_type
        made = (files.thumb if size == "thumb" else files.shown) if page == 1 else b""
        if not made:
            made = await self._workers.rendition(files.original, edge=EDGES[size], page=page - 1)
        return made, "image/jpeg"

    async def view(self, caller: Caller, image_id: str) -> bytes:
        """Return the view of the first page for a program to compare, which no one looks at; raises as `content`."""
        image = await self.get(caller, image_id)
        files = await self._files.of(image, size=image.size)
        return files.shown or await self._workers.rendition(files.original, edge=EDGES["view"])

    def _own(self, work: UnitOfWork, caller: Caller, image_id: str) -> Image:
        return self._store.get(
            work.connection, caller.session.id, image_id, lock=True, handoff_id=caller.handoff_id
        )
