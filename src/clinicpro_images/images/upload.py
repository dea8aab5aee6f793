"""Taking a picture in: checked, cleaned, on disk and in the database before anyone hears "saved"."""

import uuid
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from clinicpro_images.audit.entry import Entry
from clinicpro_images.errors import NotFound
from clinicpro_images.events.journal import Journal
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.errors import ImageCommitted, ImageGone, TooManyImages
from clinicpro_images.images.image import Details, Image
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.caller import Caller

MAX_IMAGES = 20


@dataclass(frozen=True)
class UploadResult:
    """The picture, and whether these bytes are new to the session."""

    image: Image
    new: bool


class ImageUploads:
    """Takes pictures in."""

    def __init__(self, *, journal: Journal, store: ImageStore, blobs: Blobs, workers: ImageWorkers) -> None:
        """Pictures are decoded by `workers`, as many at a time as there are."""
        self._journal = journal
        self._store = store
        self._blobs = blobs
        self._workers = workers

    async def receive(self, caller: Caller, content: bytes) -> UploadResult:
        """Store a picture of the session; raises PictureError, Busy. The same bytes twice are one picture."""
        return await self._take(caller, content, None)

    async def edited(self, caller: Caller, original_id: str, content: bytes) -> UploadResult:
        """Store an edited copy as a picture of its own, described like the picture it came from.

        Raises as `receive`; NotFound for another session's picture, PictureFiled or PictureGone for one without bytes.
        """
        return await self._take(caller, content, await self._store.get(caller.session.id, original_id))

    async def _take(self, caller: Caller, content: bytes, original: Image | None) -> UploadResult:
        session = caller.session
        content_hash = self._store.content_hash(content)
        known = await self._store.by_content(session.id, content_hash)
        if known is not None:
            return await self._again(caller, known)
        _check_here(original)
        cleaned = await self._workers.clean(content)
        image_id = uuid.uuid4().hex
        wrapped_key = await self._blobs.write(image_id, cleaned.content)
        size = len(cleaned.content)
        # The transaction waits for the disk, and needs no picture in memory.
        cleaned = replace(cleaned, content=b"")
        try:
            async with self._journal.write() as transaction:
                if await self._store.count(transaction.connection, session.id) >= MAX_IMAGES:
                    raise TooManyImages
                if original is not None:
                    # What is said about it may have changed while the copy was being decoded; or it was filed.
                    original = await self._store.get_in(
                        transaction.connection, session.id, original.id, lock=True
                    )
                    _check_here(original)
                image = Image(
                    id=image_id,
                    session_id=session.id,
                    patient_key=session.patient_key,
                    source="desktop" if caller.handoff_id is None else "phone",
                    derived_from=None if original is None else original.id,
                    content_type=cleaned.content_type,
                    size=size,
                    width=cleaned.width,
                    height=cleaned.height,
                    details=Details(taken_at=transaction.now) if original is None else original.details,
                    uploaded_at=transaction.now,
                    state="staged",
                    content_key=wrapped_key,
                    handoff_id=caller.handoff_id,
                )
                await self._store.add(transaction.connection, image, content_hash)
                await transaction.tell(session.id, "image.added", image_id)
                transaction.record(_entry(caller, image))
        except IntegrityError:
            # Two uploads of the same bytes met here, and the other was first.
            await self._blobs.remove(image_id)
            first = await self._store.by_content(session.id, content_hash)
            if first is None:
                raise
            return await self._again(caller, first)
        except (TooManyImages, NotFound, ImageGone):
            # Only where it is certain that no row was written: a file too many is swept, one too few is lost.
            await self._blobs.remove(image_id)
            raise
        return UploadResult(image, new=True)

    async def _again(self, caller: Caller, known: Image) -> UploadResult:
        """Say that the session has these bytes already, and to a phone no more than it may see."""
        phone = caller.handoff_id
        if phone is None or known.handoff_id == phone:
            return UploadResult(known, new=False)
        if known.source == "phone":
            # Sent by a phone that did not hear the answer and was handed the same session again.
            await self._store.adopt(known, phone)
            return UploadResult(replace(known, handoff_id=phone), new=False)
        return UploadResult(known.described(Details(taken_at=known.details.taken_at)), new=False)


def _entry(caller: Caller, image: Image) -> Entry:
    if image.derived_from is None:
        return Entry("image.added", caller.session.actor, subject=image.id, about=caller.about)
    return Entry(
        "image.edited",
        caller.session.actor,
        subject=image.id,
        about={**caller.about, "from": image.derived_from},
    )


def _check_here(original: Image | None) -> None:
    if original is not None and original.content_key is None:
        raise ImageCommitted if original.state == "committed" else ImageGone
