"""What was never filed goes 24 hours after capture, and with sessions goes what they leave behind."""

import asyncio
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy import delete, select

from clinicpro_images.audit.entry import Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import commit_images, images
from clinicpro_images.events.journal import Journal
from clinicpro_images.images.blob_store.folder import Blobs
from clinicpro_images.images.store import ImageStore
from clinicpro_images.sessions.purge import purge_old_sessions

KEEP_UNFILED_SECONDS = 24 * 3600.0
STRAY_SECONDS = 3600.0
SWEEP_SECONDS = 600.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Swept:
    """How much went."""

    images: int
    stray_files: int
    sessions: int


class Retention:
    """Destroys what must not stay: the key in the row first, then the file."""

    def __init__(self, *, database: Database, journal: Journal, store: ImageStore, blobs: Blobs) -> None:
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
            overdue = images.c.uploaded_at < now - KEEP_UNFILED_SECONDS
            idle = images.c.state.in_(("staged", "failed", "unverified"))
            query = select(images.c.id, images.c.session_id, images.c.handoff_id).where(
                overdue, idle, images.c.content_key.is_not(None)
            )
            # Locked, so that nobody asks for one to be filed while it is being destroyed; sorted, as everywhere, so that
            # nobody waits in a circle.
            query = query.order_by(images.c.id).with_for_update()
            rows = (await connection.execute(query)).all()
            ids = [row.id for row in rows]
            requested = select(commit_images.c.image_id)
            await connection.execute(
                delete(images).where(images.c.id.in_(ids), images.c.id.not_in(requested))
            )
            # A picture that was asked to be filed keeps its row: it says what became of it.
            for row in rows:
                await self._store.destroy_content(connection, row.id)
                await transaction.tell(row.session_id, "image.removed", row.id, handoff_id=row.handoff_id)
                actor = await transaction.actor_of(row.session_id)
                transaction.record(Entry("image.purged", actor, subject=row.id, about={"reason": "unfiled"}))
            forgotten = await purge_old_sessions(connection, now)
            end = await transaction.audit_end()
            kept = select(images.c.id).where(images.c.content_key.is_not(None))
            known = frozenset((await connection.scalars(kept)).all())
        for image_id in ids:
            await self._blobs.remove(image_id)
        strays = await self._blobs.remove_strays(known, before=now - STRAY_SECONDS)
        if self._database.is_sqlite or ids or forgotten or rewrite:
            # Always on SQLite: filed pictures' keys were destroyed since the last time, and its log still has them.
            await self._database.erase_deleted(rewrite=rewrite)
        swept = Swept(len(ids), strays, forgotten)
        self._tell(swept, end)
        return swept

    def _tell(self, swept: Swept, end: str) -> None:
        if any(asdict(swept).values()):
            log.info(
                "purge.done",
                message="Old pictures and sessions were destroyed.",
                images=swept.images,
                stray_files=swept.stray_files,
                sessions=swept.sessions,
            )
        if end != self._noted_end:
            # Where logs go elsewhere, this is the end that the audit trail can be held against.
            log.info("audit.anchor", message="The audit trail ends here.", anchor=end)
            self._noted_end = end

    async def run(self) -> None:
        """Sweep every ten minutes until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception(
                    "purge.failed", message="Old pictures could not be destroyed; trying again later."
                )
            await asyncio.sleep(SWEEP_SECONDS)
