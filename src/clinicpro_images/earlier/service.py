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
    EarlierImageUnknown,
    EarlierImageUnreadable,
)
from clinicpro_images.imaging.errors import ImageError
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
EDGES: Final = {"thumb": 320, "view": 1600}
_AT_ONCE: Final = 4

Size = Literal["thumb", "view", "full"]
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
        workers: ImageWorkers,
        keyring: Keyring,
        cache: EarlierCache,
    ) -> None:
        """`workers` decode what the record holds, as they decode what is uploaded."""
        self._records = records
        self._database = database
        self._sessions = sessions
        self._workers = workers
        self._keyring = keyring
        self._cache = cache
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def list(self, caller: Caller, *, correlation_id: str) -> tuple[list[Listed], EarlierImages]:
        """Return the newest 100; raises EarlierImagesRefused or EarlierImagesLate."""
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

        Raises EarlierImageUnknown, EarlierImageUnreadable, EarlierImagesRefused, EarlierImagesLate or Busy.
        """
        session = caller.session
        listing = await self._listing(session, correlation_id)
        image = next((each for each in listing.images if self._id(session, each) == listed_id), None)
        if image is None:
            raise EarlierImageUnknown
        content, content_type = await self._rendition(session, Listed(listed_id, image), size, correlation_id)
        if size != "thumb":
            entry = Entry(
                "earlier.viewed",
                session.actor,
                document_id=image.id,
                about=caller.about | {"size": size},
            )
            await self._database.write(UnitOfWork.audit, entry)
        return content, content_type

    async def run(self) -> None:
        """Forget what ended or idle sessions had read, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.forget_ended()
            except Exception:
                log.exception("earlier.sweep_failed", message="Ended sessions could not be looked up.")

    async def forget_ended(self) -> None:
        """Forget what ended or idle sessions had read."""
        self._cache.forget_idle()
        kept = self._cache.sessions
        if kept:
            for session_id in await self._database.read(self._sessions.ended_among, kept):
                self._cache.forget(session_id)

    @property
    def kept_bytes(self) -> int:
        """How many bytes of renditions are in memory, encrypted."""
        return self._cache.bytes

    async def _listing(self, session: Session, correlation_id: str) -> EarlierImages:
        cached = self._cache.listing(session.id)
        if cached is not None:
            return cached
        listing = await self._ask(
            LIST_SECONDS,
            lambda: self._records.earlier_images(
                _patient(session),
                limit=MAX_LISTED,
                facility_id=session.facility.id,
                correlation_id=correlation_id,
            ),
        )
        self._cache.keep_listing(session.id, listing)
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
            async with self._at_once:
                content = await self._ask(
                    CONTENT_SECONDS,
                    lambda: self._records.earlier_content(
                        listed.image,
                        _patient(session),
                        facility_id=session.facility.id,
                        correlation_id=correlation_id,
                    ),
                )
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

    async def _ask(self, seconds: float, call: Callable[[], Awaitable[_T]]) -> _T:
        """Call the record system; its errors become sentences about earlier photos."""
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except (RecordSystemForbidden, RecordSystemRejected, RecordSystemNotFound) as error:
            raise EarlierImagesRefused(integrator=error.integrator) from error
        except RecordSystemUnclear as error:
            raise EarlierImageUnreadable(integrator=error.integrator) from error
        except (RecordSystemError, TimeoutError) as error:
            raise EarlierImagesLate(integrator=getattr(error, "integrator", "")) from error

    def _id(self, session: Session, image: EarlierImage) -> str:
        """Return the id a session knows an image by: the same on every gateway, useless in any other session."""
        return self._keyring.keyed_hash("earlier", session.id, image.id)[:32]


def _patient(session: Session) -> ImagePatient:
    nhi = session.patient.nhi.upper()
    return ImagePatient(session.patient.id, frozenset({nhi} if nhi else ()))
