"""Uploads: checks and cleans an image, and stores it durably before the response says that it was saved."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.images.blob_store.names import next_name
from clinicpro_images.images.errors import ImageGone, TooManyImages
from clinicpro_images.images.held import MAX_IMAGES, release_held
from clinicpro_images.images.image import Details, Image
from clinicpro_images.images.image_files import PackedBlobs, files_of
from clinicpro_images.images.store import ImageStore
from clinicpro_images.images.stored_files import StoredFiles
from clinicpro_images.images.taken import propose
from clinicpro_images.imaging.formats.exif import Taken
from clinicpro_images.imaging.limits import FitLimits, FitTarget
from clinicpro_images.imaging.results import CleanImage
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.store import SessionStore


@dataclass(frozen=True)
class UploadResult:
    """The image, and whether these bytes are new to the session."""

    image: Image
    new: bool


@dataclass(frozen=True)
class _Seen:
    """What the intake found, without the content; `taken_at` is what the phone said."""

    cleaned: CleanImage
    size: int
    taken: Taken | None
    incomplete: bool
    taken_at: str | None
    held: bool


class ImageUploads:
    """Stores uploaded images."""

    def __init__(
        self,
        *,
        database: Database,
        store: ImageStore,
        sessions: SessionStore,
        blobs: PackedBlobs,
        workers: ImageWorkers,
        limits: FitLimits,
        targets: Sequence[FitTarget],
    ) -> None:
        """`workers` decode and clean images, and fit them to the `limits` and `targets` that filing uses."""
        self._limits = limits
        self._targets = targets
        self._database = database
        self._store = store
        self._sessions = sessions
        self._blobs = blobs
        self._files = StoredFiles(database=database, store=store, blobs=blobs)
        self._workers = workers

    async def add(
        self, caller: Caller, content: bytes, *, taken_at: str | None = None, held: bool = False
    ) -> UploadResult:
        """Store an image of the session; raises ImageError, Busy. Uploading the same bytes twice gives one image.

        If the store has lost or damaged that image, these bytes are stored in its place: the phone that sends them again
        deletes its own once it is told that they are here.

        `taken_at` is the phone's time of the photo; without it, or if it isn't plausible, the file's own is proposed.
        `held`: only the phone that adds it sees it until it releases it; see held.py. A desktop's is never held.
        """
        held = held and caller.handoff_id is not None
        return await self._upload(caller, content, None, taken_at, held=held)

    async def add_edit(self, caller: Caller, original_id: str, content: bytes) -> UploadResult:
        """Store an edited copy as a new image with its original's details.

        Raises as `add`; NotFound for another session's image, ImageGone for one that was destroyed unfiled.
        """
        return await self._upload(caller, content, original_id, None)

    async def _upload(
        self,
        caller: Caller,
        content: bytes,
        original_id: str | None,
        taken_at: str | None,
        *,
        held: bool = False,
    ) -> UploadResult:
        content_hash = self._store.content_hash(content)
        known = await self._database.read(
            self._known, caller.session.id, content_hash, original_id, held=held
        )
        lost: Image | None = None
        if known is not None:
            again = await self._database.write(self._again, caller, content_hash, held=held)
            if again is not None and await self._files.are_whole(again.image):
                return again
            lost = None if again is None else again.image
        intake = await self._workers.take_in(content, limits=self._limits, targets=self._targets)
        image_id = uuid.uuid4().hex
        name = image_id if lost is None else next_name(lost.id)
        wrapped_key = await self._blobs.write_files(name, files_of(intake, self._limits))
        size = len(intake.image.content)
        # Free the memory: the transaction doesn't need the content.
        cleaned = replace(intake.image, content=b"")
        seen = _Seen(cleaned, size, intake.taken, intake.incomplete, taken_at, held)
        del intake
        if lost is not None:
            unused = await self._database.write(
                self._put_back, caller, lost, seen, content_hash, name=name, wrapped_key=wrapped_key
            )
            await self._blobs.discard(unused)
            again = await self._database.write(self._again, caller, content_hash, held=held)
            # It may have been removed in the meantime.
            return again or await self._upload(caller, content, original_id, taken_at, held=held)
        try:
            result = await self._database.write(
                self._add,
                caller,
                image_id,
                seen,
                content_hash=content_hash,
                wrapped_key=wrapped_key,
                original_id=original_id,
            )
        except (TooManyImages, NotFound, ImageGone):
            # Only if certainly no row was written: a stray file is purged later, but a missing file is a lost image.
            await self._blobs.remove(image_id)
            raise
        if not result.new:
            # Another upload of the same bytes was stored first.
            await self._blobs.remove(image_id)
        return result

    def _put_back(
        self,
        work: UnitOfWork,
        caller: Caller,
        lost: Image,
        seen: "_Seen",
        content_hash: str,
        *,
        name: str,
        wrapped_key: bytes,
    ) -> str:
        """Store where the content of an image is that the store had lost; return the name of the content that isn't used.

        The image stays as it is if it was filed or removed, or its content stored by another upload, in the meantime.
        """
        image = self._store.find(work.connection, caller.session.id, lost.id, lock=True)
        if image is None or image.content_key != lost.content_key:
            return name
        cleaned = seen.cleaned
        image = replace(
            image,
            content_type=cleaned.content_type,
            size=seen.size,
            width=cleaned.width,
            height=cleaned.height,
            incomplete=seen.incomplete,
            content_key=wrapped_key,
            stored_as=name,
        )
        self._store.set_content(work.connection, image)
        if image.state != "held":
            work.publish(image.session_id, "image.updated", image.id)
        about = {**caller.about, "content": content_hash, "replaces": "lost"}
        work.audit(Entry("image.added", caller.session.actor, subject=image.id, about=about))
        return lost.content_name

    def _known(
        self,
        connection: Connection,
        session_id: str,
        content_hash: str,
        original_id: str | None,
        *,
        held: bool,
    ) -> Image | None:
        """Return the image with these bytes, if there is one; otherwise check that another has its place and original.

        Raises TooManyImages before anything is decoded; `_add` counts again, with the session locked.
        """
        original = None if original_id is None else self._store.get(connection, session_id, original_id)
        known = self._store.by_content(connection, session_id, content_hash)
        if known is None:
            if original is not None:
                _check_content(original)
            self._check_room(connection, session_id, held=held)
        return known

    def _check_room(self, connection: Connection, session_id: str, *, held: bool) -> None:
        # What a phone holds takes no place from what is on the desktop; its release counts.
        if self._store.count(connection, session_id, held=held) >= MAX_IMAGES:
            raise TooManyImages

    def _add(
        self,
        work: UnitOfWork,
        caller: Caller,
        image_id: str,
        seen: "_Seen",
        *,
        content_hash: str,
        wrapped_key: bytes,
        original_id: str | None,
    ) -> UploadResult:
        session = caller.session
        again = self._again(work, caller, content_hash, held=seen.held)
        if again is not None:
            return again
        self._check_room(work.connection, session.id, held=seen.held)
        taken_at, source = propose(seen.taken, seen.taken_at, now=work.now)
        details = Details(taken_at=taken_at, taken_at_source=source)
        if original_id is not None:
            # Read it now: while the copy was decoded, its details may have changed, or it may have been filed.
            original = self._store.get(work.connection, session.id, original_id, lock=True)
            _check_content(original)
            details = replace(original.details, place=None)
        image = Image(
            id=image_id,
            session_id=session.id,
            patient_key=session.patient_key,
            source="desktop" if caller.handoff_id is None else "phone",
            derived_from=original_id,
            content_type=seen.cleaned.content_type,
            size=seen.size,
            width=seen.cleaned.width,
            height=seen.cleaned.height,
            pages=seen.cleaned.pages,
            incomplete=seen.incomplete,
            details=details,
            uploaded_at=work.now,
            state="held" if seen.held else "staged",
            content_key=wrapped_key,
            handoff_id=caller.handoff_id,
        )
        self._store.add(work.connection, image, content_hash)
        if not seen.held:
            work.publish(session.id, "image.added", image_id)
        # The keyed hash recognises the same bytes after this row is gone; see audit/filed.py.
        work.audit(_entry(caller, image, content_hash))
        return UploadResult(image, new=True)

    def _again(
        self, work: UnitOfWork, caller: Caller, content_hash: str, *, held: bool
    ) -> UploadResult | None:
        """Return the image with these bytes, to a phone without the details that it may not see; None if there is none.

        Locks the session and the image: one that is being removed is not there any more.
        """
        self._sessions.lock(work.connection, caller.session.id)
        known = self._store.by_content(work.connection, caller.session.id, content_hash, lock=True)
        if known is None:
            return None
        phone = caller.handoff_id
        if known.state == "held" and not held:
            known = release_held(work, self._store, caller, known.id)
        if phone is None or known.handoff_id == phone:
            return UploadResult(known, new=False)
        if known.source == "phone":
            # A phone uploaded it but lost the response, and was then connected to the same session again.
            self._store.set_phone(work.connection, known.id, phone)
            return UploadResult(replace(known, handoff_id=phone), new=False)
        return UploadResult(known.described(Details(taken_at=known.details.taken_at)), new=False)


def _entry(caller: Caller, image: Image, content_hash: str) -> Entry:
    about = {**caller.about, "content": content_hash}
    if image.state == "held":
        about["held"] = "true"
    if image.derived_from is None:
        return Entry("image.added", caller.session.actor, subject=image.id, about=about)
    return Entry(
        "image.edited",
        caller.session.actor,
        subject=image.id,
        about={**about, "from": image.derived_from},
    )


def _check_content(original: Image) -> None:
    # The copy of one that was filed from another tab in the meantime is kept: it has its own content.
    if original.content_key is None and original.state != "committed":
        raise ImageGone
