"""Purges images not filed within 24 hours of upload, copies for referrals, held images, and old sessions with their data."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import Connection

from clinicpro_images.audit.anchor import to_syslog
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import images
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.blob_store.protocol import BlobStore
from clinicpro_images.images.due import end_copies, unfiled_since, was_committed, with_content
from clinicpro_images.images.held import destroy_held
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.purge import purge_old_sessions
from clinicpro_images.sessions.store import SessionStore

KEEP_UNFILED_SECONDS = 24 * 3600.0
STRAY_SECONDS = 3600.0
PURGE_SECONDS = 600.0
COPIES_SECONDS = 60.0

log = structlog.get_logger()


@dataclass(frozen=True)
class PurgeResult:
    """How many images, stray files (without an image) and sessions were destroyed.

    `waits`: nothing was, because the clock was set, or no gateway ran for a while, less than an hour ago.
    """

    images: int
    stray_files: int
    sessions: int
    waits: bool = False


class Retention:
    """Destroys images and sessions that must not be kept: first the key in the row, then the file."""

    def __init__(
        self,
        *,
        database: Database,
        store: ImageStore,
        sessions: SessionStore,
        blobs: BlobStore,
        trail: Trail,
        announce: Callable[[str], None] = to_syslog,
        may_delete: Callable[[Connection, float], bool] = lambda _connection, _now: True,
    ) -> None:
        """Purge `database` and `blobs`; `trail` has the images' actors. `announce` gets the trail's anchor each time.

        `may_delete` says whether what is old by the clock may be deleted now.
        """
        self._may_delete = may_delete
        self._sessions = sessions
        self._database = database
        self._store = store
        self._blobs = blobs
        self._trail = trail
        self._announce = announce

    async def purge(self, *, rewrite: bool = False) -> PurgeResult:
        """Purge once; `rewrite` also removes deleted rows from PostgreSQL's files, which takes a moment longer."""
        await self.end_copies()
        purged = await self._database.write(self._purge)
        if purged is None:
            log.warning(
                "purge.waits",
                message="Nothing old is deleted yet: the clock was set, or no gateway ran for a while.",
            )
            return PurgeResult(0, 0, 0, waits=True)
        names, sessions, known, anchor, now = purged
        for name in names:
            await self._blobs.remove(name)
        strays = await self._blobs.remove_strays(known, before=now - STRAY_SECONDS)
        if self._database.is_sqlite or names or sessions or rewrite:
            # Always on SQLite: its write-ahead log may still have the keys of images committed since the last time.
            await self._database.erase_deleted(rewrite=rewrite)
        result = PurgeResult(len(names), strays, sessions)
        self._log(result, anchor)
        return result

    async def end_copies(self) -> int:
        """Destroy copies for referrals, and held images, whose session is over or whose time is up; return how many."""
        ended = await self._database.write(self._end_copies)
        ended += await self._database.write(destroy_held, self._store, self._sessions, self._trail)
        for name in ended:
            await self._blobs.remove(name)
        if ended:
            await self._database.erase_deleted(rewrite=False)
        return len(ended)

    def _end_copies(self, work: UnitOfWork) -> list[str]:
        return end_copies(work.connection, images.c.copy_until <= work.now, self._sessions.expired(work.now))

    def _purge(self, work: UnitOfWork) -> tuple[Sequence[str], int, frozenset[str], str, float] | None:
        connection, now = work.connection, work.now
        if not self._may_delete(connection, now):
            return None
        unfiled = unfiled_since(connection, self._store, now - KEEP_UNFILED_SECONDS)
        committed = was_committed(connection, [image.id for image in unfiled])
        for image in unfiled:
            if image.id in committed:
                # The row of a commit's image is kept, because the commit still shows it.
                self._store.destroy_content(connection, image.id)
            else:
                self._store.remove(connection, image.id)
            work.publish(image.session_id, "image.removed", image.id, handoff_id=image.handoff_id)
            actor = self._trail.actor_of(connection, image.session_id)
            work.audit(Entry("image.purged", actor, subject=image.id, about={"reason": "unfiled"}))
        sessions = purge_old_sessions(connection, now)
        known = with_content(connection)
        return [image.content_name for image in unfiled], sessions, known, self._trail.anchor(connection), now

    def _log(self, result: PurgeResult, anchor: str) -> None:
        if any(asdict(result).values()):
            log.info(
                "purge.done",
                message="Old photos and sessions were destroyed.",
                images=result.images,
                stray_files=result.stray_files,
                sessions=result.sessions,
            )
        # Where the log is kept elsewhere, the audit trail can be verified against this anchor.
        log.info("audit.anchor", message="Anchor of the audit trail.", anchor=anchor)
        self._announce(anchor)

    async def run(self) -> None:
        """Purge every ten minutes, and copies for referrals every minute, until cancelled."""
        loop = asyncio.get_running_loop()
        purged_at = -PURGE_SECONDS
        while True:
            try:
                await self.end_copies()
                if loop.time() - purged_at >= PURGE_SECONDS:
                    await self.purge()
                    purged_at = loop.time()
            except Exception:
                log.exception(
                    "purge.failed", message="Old photos could not be destroyed; trying again later."
                )
            await asyncio.sleep(COPIES_SECONDS)
