"""Lists and shows the earlier photos of a session's patient."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from weakref import WeakValueDictionary

import structlog

from clinicpro_images.audit.entry import Entry
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.earlier.cache import EarlierCache
from clinicpro_images.earlier.errors import (
    EarlierImagesLate,
    EarlierImagesRefused,
    EarlierImagesUnclear,
    EarlierImageUnknown,
    EarlierImageUnreadable,
)
from clinicpro_images.images.store import ImageStore
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.limits import EDGES
from clinicpro_images.imaging.worker.pool import ImageWorkers
from clinicpro_images.records.errors import (
    RecordSystemError,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemRejected,
    RecordSystemUnclear,
)
from clinicpro_images.records.protocol import EarlierImage, EarlierImages, EarlierReader, ImagePatient
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

MAX_LISTED: Final = 100
LIST_SECONDS: Final = 12.0
CONTENT_SECONDS: Final = 20.0
SWEEP_SECONDS: Final = 30.0
_AT_ONCE: Final = 4

Size = Literal["thumb", "view", "full"]
AlignmentReason = Literal["", "unsure", "unavailable"]
Matrix = list[float]
_T = TypeVar("_T")

log = structlog.get_logger()


@dataclass(frozen=True)
class Listed:
    """An earlier image under the id that this session knows it by."""

    id: str
    image: EarlierImage


class EarlierImageService:
    """Reads the record by the session's patient and facility only; nothing is stored."""

    def __init__(
        self,
        *,
        records: EarlierReader,
        database: Database,
        sessions: SessionStore,
        images: ImageStore,
        workers: ImageWorkers,
        keyring: Keyring,
        cache: EarlierCache,
        aligner: ImageWorkers | None,
        view_of: Callable[[Caller, str], Awaitable[bytes]],
    ) -> None:
        """`workers` decode what the record holds, as they decode what is uploaded; `aligner` is None without its extra.

        `view_of` returns the view of one of the session's new images.
        """
        self._records = records
        self._database = database
        self._sessions = sessions
        self._images = images
        self._workers = workers
        self._keyring = keyring
        self._cache = cache
        self._aligner = aligner
        self._view_of = view_of
        self._alignments = 0
        # By practice: one whose ALEX hangs must not hold up the others.
        self._at_once: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def list(self, caller: Caller, *, correlation_id: str) -> tuple[list[Listed], EarlierImages]:
        """Return the newest 100; raises EarlierImagesRefused, EarlierImagesUnclear or EarlierImagesLate."""
        listing = await self._listing(caller.session, correlation_id)
        entry = Entry(
            "earlier.listed",
            caller.session.actor,
            about=caller.about | {"count": str(len(listing.images)), "unproven": str(listing.unproven)},
        )
        await self._database.write(UnitOfWork.audit, entry)
        return [Listed(self._id(caller.session, image), image) for image in listing.images], listing

    async def content(
        self, caller: Caller, listed_id: str, *, size: Size, correlation_id: str
    ) -> tuple[bytes, str]:
        """Return the bytes and their type: a JPEG of 320 or 1,600 pixels, or the whole image cleaned.

        Raises EarlierImageUnknown, EarlierImageUnreadable and Busy, and what `list` raises.
        """
        session = caller.session
        listed = await self._listed(session, listed_id, correlation_id)
        content, content_type = await self._rendition(session, listed, size, correlation_id)
        if size != "thumb":
            entry = Entry(
                "earlier.viewed",
                session.actor,
                document_id=listed.image.id,
                about=caller.about | {"size": size},
            )
            await self._database.write(UnitOfWork.audit, entry)
        return content, content_type

    async def alignment(
        self, caller: Caller, listed_id: str, image_id: str, *, correlation_id: str
    ) -> tuple[Matrix | None, AlignmentReason]:
        """Return where the earlier photo lies over a new one, or why it can't be said.

        Raises what `content` raises, NotFound, ImageCommitted and ImageGone.
        """
        listed = await self._listed(caller.session, listed_id, correlation_id)
        new = await self._view_of(caller, image_id)
        if self._aligner is None:
            return None, "unavailable"
        earlier, _ = await self._rendition(caller.session, listed, "view", correlation_id)
        self._alignments += 1
        try:
            matrix = await self._aligner.align(earlier, new)
        except ImageError:
            matrix = None
        return matrix, "unsure" if matrix is None else ""

    async def choose(self, session: Session, listed_id: str | None, *, correlation_id: str) -> None:
        """Record which earlier photo is compared with the new ones, or none; a phone of the session receives it.

        Raises EarlierImageUnknown, and what `list` raises.
        """
        if listed_id is not None:
            await self._listed(session, listed_id, correlation_id)
        await self._database.write(self._choose, session.id, listed_id)

    def _choose(self, work: UnitOfWork, session_id: str, listed_id: str | None) -> None:
        if self._sessions.earlier_id(work.connection, session_id) != listed_id:
            self._sessions.set_earlier_id(work.connection, session_id, listed_id)
            work.publish(session_id, "earlier.chosen", session_id)

    async def chosen(self, session: Session) -> str | None:
        """Return the id of the earlier photo that is chosen, or None."""
        return await self._database.read(self._sessions.earlier_id, session.id)

    async def run(self) -> None:
        """Forget what ended or idle sessions had read, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.forget_ended()
            except Exception:
                log.exception("earlier.sweep_failed", message="Ended sessions could not be looked up.")

    async def forget_ended(self) -> None:
        """Forget what ended or idle sessions had read, and end an aligner that is no longer in use."""
        self._cache.forget_idle()
        if self._aligner is not None and not self._alignments and not self._aligner.busy:
            await self._aligner.close()
        self._alignments = 0
        kept = self._cache.sessions
        if kept:
            for session_id in await self._database.read(self._sessions.ended_among, kept):
                self._cache.forget(session_id)

    @property
    def kept_bytes(self) -> int:
        """How many bytes of renditions are in memory, encrypted."""
        return self._cache.bytes

    async def _listed(self, session: Session, listed_id: str, correlation_id: str) -> Listed:
        """Return the image that this session knows by this id; raises EarlierImageUnknown, and what `list` raises."""
        listing = await self._listing(session, correlation_id)
        image = next((each for each in listing.images if self._id(session, each) == listed_id), None)
        if image is None:
            raise EarlierImageUnknown
        return Listed(listed_id, image)

    async def _listing(self, session: Session, correlation_id: str) -> EarlierImages:
        # Before the search: what is filed while that runs may be missing from it.
        filed = await self._database.read(self._images.filed_count, session.patient_key)
        cached = self._cache.listing(session.id, filed=filed)
        if cached is not None:
            return cached
        try:
            listing = await self._ask(
                LIST_SECONDS,
                lambda: self._records.earlier_images(
                    _patient(session),
                    limit=MAX_LISTED,
                    facility_id=session.facility.id,
                    correlation_id=correlation_id,
                ),
            )
        except RecordSystemUnclear as error:
            raise EarlierImagesUnclear(integrator=error.integrator) from error
        if listing.images:  # that there are none is asked again
            self._cache.keep_listing(session.id, listing, filed=filed)
        return listing

    async def _rendition(
        self, session: Session, listed: Listed, size: Size, correlation_id: str
    ) -> tuple[bytes, str]:
        """Return a rendition from memory, or read the image once and keep both of its renditions."""
        lock = self._reading.setdefault(f"{session.id}/{listed.id}", asyncio.Lock())
        async with lock:
            kept = None if size == "full" else self._cache.rendition(session.id, f"{listed.id}/{size}")
            if kept is not None:
                return kept, "image/jpeg"
            content = await self._read(session, listed, correlation_id)
            try:
                clean = await self._workers.clean(content)
                if size == "full":
                    return clean.content, clean.content_type
                view = await self._workers.rendition(clean.content, edge=EDGES["view"])
                thumb = await self._workers.rendition(view, edge=EDGES["thumb"])
            except ImageError as error:
                raise EarlierImageUnreadable(integrator=error.integrator) from error
            self._cache.keep_rendition(session.id, f"{listed.id}/view", view)
            self._cache.keep_rendition(session.id, f"{listed.id}/thumb", thumb)
            return (thumb if size == "thumb" else view), "image/jpeg"

    async def _read(self, session: Session, listed: Listed, correlation_id: str) -> bytes:
        """Return an image's bytes, a few at once for each practice; the wait for the others counts."""

        async def read() -> bytes:
            at_once = self._at_once.setdefault(session.facility.id, asyncio.Semaphore(_AT_ONCE))
            async with at_once:
                return await self._records.earlier_content(
                    listed.image,
                    _patient(session),
                    facility_id=session.facility.id,
                    correlation_id=correlation_id,
                )

        try:
            return await self._ask(CONTENT_SECONDS, read)
        except RecordSystemUnclear as error:
            raise EarlierImageUnreadable(integrator=error.integrator) from error

    async def _ask(self, seconds: float, call: Callable[[], Awaitable[_T]]) -> _T:
        """Call the record system; its errors become sentences about earlier photos, except RecordSystemUnclear."""
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except (RecordSystemForbidden, RecordSystemRejected, RecordSystemNotFound) as error:
            raise EarlierImagesRefused(integrator=error.integrator) from error
        except RecordSystemUnclear:
            raise
        except (RecordSystemError, TimeoutError) as error:
            raise EarlierImagesLate(integrator=getattr(error, "integrator", "")) from error

    def _id(self, session: Session, image: EarlierImage) -> str:
        """Return the id a session knows an image by: the same on every gateway, useless in any other session."""
        return self._keyring.keyed_hash("earlier", session.id, image.id)[:32]


def _patient(session: Session) -> ImagePatient:
    nhi = session.patient.nhi.upper()
    return ImagePatient(session.patient.id, frozenset({nhi} if nhi else ()))
