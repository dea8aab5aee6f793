"""What was never filed goes 24 hours after capture, and with sessions goes what they leave behind."""

import asyncio
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import delete, select

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.engine import Database
from clinicpro_images.db.tables import commit_photos, photos
from clinicpro_images.live.journal import Journal
from clinicpro_images.photos.blobs import Blobs
from clinicpro_images.photos.old_sessions import forget_old_sessions
from clinicpro_images.photos.store import PhotoStore

KEEP_UNFILED_SECONDS = 24 * 3600.0
STRAY_SECONDS = 3600.0
SWEEP_SECONDS = 600.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Swept:
    """How much went."""

    pictures: int
    stray_files: int
    sessions: int


class Retention:
    """Destroys what must not stay: the key in the row first, then the file."""

    def __init__(self, *, database: Database, journal: Journal, store: PhotoStore, blobs: Blobs) -> None:
        """Sweep what `database` and `blobs` keep."""
        self._database = database
        self._noted_end = ""
        self._journal = journal
        self._store = store
        self._blobs = blobs

    async def sweep(self, *, rewrite: bool = False) -> Swept:
        """Sweep once; `rewrite` leaves nothing in the files of a PostgreSQL either, and takes a moment longer."""
        async with self._journal.write() as transaction:
            connection, now = transaction.connection, transaction.now
            overdue = photos.c.uploaded_at < now - KEEP_UNFILED_SECONDS
            idle = photos.c.state.in_(("staged", "failed", "unverified"))
            query = select(photos.c.id, photos.c.session_id, photos.c.handoff_id).where(
                overdue, idle, photos.c.picture_key.is_not(None)
            )
            # Locked, so that nobody asks for one to be filed while it is being destroyed; sorted, as everywhere, so that
            # nobody waits in a circle.
            query = query.order_by(photos.c.id).with_for_update()
            rows = (await connection.execute(query)).all()
            ids = [row.id for row in rows]
            requested = select(commit_photos.c.photo_id)
            await connection.execute(
                delete(photos).where(photos.c.id.in_(ids), photos.c.id.not_in(requested))
            )
            # A picture that was asked to be filed keeps its row: it says what became of it.
            for row in rows:
                await self._store.forget(connection, row.id)
                await transaction.tell(row.session_id, "image.removed", row.id, handoff_id=row.handoff_id)
                actor = await transaction.actor_of(row.session_id)
                transaction.record(
                    Entry("picture.purged", actor, subject=row.id, about={"reason": "unfiled"})
                )
            forgotten = await forget_old_sessions(connection, now)
            end = await transaction.audit_end()
            kept = select(photos.c.id).where(photos.c.picture_key.is_not(None))
            known = frozenset((await connection.scalars(kept)).all())
        for photo_id in ids:
            await self._blobs.remove(photo_id)
        strays = await self._blobs.remove_strays(known, before=now - STRAY_SECONDS)
        if self._database.is_sqlite or ids or forgotten or rewrite:
            # Always on SQLite: filed pictures' keys were destroyed since the last time, and its log still has them.
            await self._database.leave_nothing(rewrite=rewrite)
        swept = Swept(len(ids), strays, forgotten)
        self._tell(swept, end)
        return swept

    def _tell(self, swept: Swept, end: str) -> None:
        if any(asdict(swept).values()):
            log.info(
                "purge.done",
                sentence="Old pictures and sessions were destroyed.",
                pictures=swept.pictures,
                stray_files=swept.stray_files,
                sessions=swept.sessions,
            )
        if end != self._noted_end:
            # Where logs go elsewhere, this is the end that the audit trail can be held against.
            log.info("audit.anchor", sentence="The audit trail ends here.", anchor=end)
            self._noted_end = end

    async def run(self) -> None:
        """Sweep every ten minutes until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception(
                    "purge.failed", sentence="Old pictures could not be destroyed; trying again later."
                )
            await asyncio.sleep(SWEEP_SECONDS)
