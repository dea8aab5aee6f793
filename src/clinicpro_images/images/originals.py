"""The original behind a phone's small copy: it takes the copy's place, and then is what is edited, fitted and filed."""

from collections.abc import Sequence
from dataclasses import replace

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.names import next_name
from clinicpro_images.images.errors import ImageGone, ImageLocked, NotTheOriginal
from clinicpro_images.images.image import CHANGEABLE, Image
from clinicpro_images.images.image_files import PackedBlobs, files_of
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles, content_key
from clinicpro_images.images.taken import propose
from clinicpro_images.imaging.limits import FitLimits, FitTarget
from clinicpro_images.imaging.results import Intake
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.caller import Caller


class Originals:
    """Replaces small copies by their originals."""

    def __init__(
        self,
        *,
        database: Database,
        store: ImageStore,
        blobs: PackedBlobs,
        workers: ImageWorkers,
        limits: FitLimits,
        targets: Sequence[FitTarget],
    ) -> None:
        """`workers` decode the originals, and fit them to the `limits` and `targets` that filing uses."""
        self._database = database
        self._store = store
        self._blobs = blobs
        self._files = StoredFiles(database=database, store=store, blobs=blobs)
        self._workers = workers
        self._limits = limits
        self._targets = targets

    async def add(self, caller: Caller, image_id: str, content: bytes) -> Image:
        """Replace an image's content by its original; doing so twice changes nothing.

        Raises NotFound, ImageCommitted, ImageGone, ImageLocked once it is being filed, NotTheOriginal if it shows
        something else, and as an upload.
        """
        image = await self._database.read(
            self._store.get, caller.session.id, image_id, handoff_id=caller.handoff_id
        )
        _check_changeable(image)
        here = await self._files.of(image)
        if not here.thumb:
            raise NotTheOriginal
        intake = await self._workers.take_in(content, limits=self._limits, targets=self._targets)
        if not await self._workers.alike(here.thumb, intake.thumb):
            raise NotTheOriginal
        files, name = files_of(intake, self._limits), next_name(image_id)
        if len(files.original) <= len(here.original):
            return image  # the copy is no smaller, or this is the same file again
        # Beside what is there, under a key of its own: only the transaction knows whether it may take its place.
        key = await self._blobs.write_files(name, files)
        size = len(files.original)
        # Free the memory: the transaction doesn't need the content.
        del files, here
        seen = replace(intake, image=replace(intake.image, content=b""), view=b"", thumb=b"", fitted=b"")
        del intake
        try:
            changed, unused = await self._database.write(
                self._set, caller, image_id, seen, size, name=name, key=key
            )
        except (NotFound, ImageGone, ImageLocked):
            # Only if certainly nothing was stored: a stray file is purged later, but a missing file is a lost image.
            await self._blobs.remove(name)
            raise
        # A request that read the row before still reads this file, and a database restored from a backup names it.
        await self._blobs.discard(unused)
        return changed

    def _set(
        self,
        work: UnitOfWork,
        caller: Caller,
        image_id: str,
        intake: Intake,
        size: int,
        *,
        name: str,
        key: bytes,
    ) -> tuple[Image, str]:
        """Store what the new content is and where; return the image, and the name of the content that isn't used."""
        image = self._store.get(
            work.connection, caller.session.id, image_id, lock=True, handoff_id=caller.handoff_id
        )
        _check_changeable(image)
        if size <= image.size:
            return image, name  # the same original was faster on another way
        details = image.details
        if details.taken_at_source == "clock":
            taken_at, source = propose(intake.taken, None, now=details.taken_at)
            details = replace(details, taken_at=taken_at, taken_at_source=source)
        found = intake.image
        changed = replace(
            image,
            content_type=found.content_type,
            size=size,
            width=found.width,
            height=found.height,
            incomplete=intake.incomplete,
            details=details,
            content_key=key,
            stored_as=name,
        )
        self._store.set_content(work.connection, changed)
        work.publish(image.session_id, "image.updated", image_id)
        work.audit(Entry("image.original", caller.session.actor, subject=image_id, about=caller.about))
        return changed, image.content_name


def _check_changeable(image: Image) -> None:
    content_key(image)
    if image.state not in CHANGEABLE or image.state == "held":
        raise ImageLocked
