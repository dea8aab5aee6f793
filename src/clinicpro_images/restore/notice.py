"""Notices at the start that the database is an earlier state or a copy, and marks what has to be looked for."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import structlog
from sqlalchemy import Connection, func, select

from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.memory import remembered_seqs
from clinicpro_images.commits.jobs.job_errors import restored_error
from clinicpro_images.db import advisory_locks
from clinicpro_images.db.database import Database
from clinicpro_images.db.migrate import is_unused
from clinicpro_images.db.tables import audit_head
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import StorageUnavailable
from clinicpro_images.images.blob_store.protocol import OwnedBlobStore
from clinicpro_images.practice_time import local
from clinicpro_images.restore.identity import identity_of
from clinicpro_images.restore.installation import (
    MARKED,
    Installation,
    has_unfinished,
    last_entry_at,
    new_installation,
    progress_of,
    read_installation,
    store_installation,
    stored_images,
)
from clinicpro_images.restore.look_first import LookFirst
from clinicpro_images.restore.mark import Mark, mark_from_text
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings

SHOWN_SECONDS = 24 * 3600.0
"""How long a restore is shown: whatever was unfiled then is filed or destroyed by then."""
MARK_SECONDS = 10.0

Evidence = Literal["marked", "copied", "behind", "other-generation"]
"""Why a database counts as restored: it was marked; it isn't the one that it says; what is kept outside is ahead of it,
or of another restore."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Restored:
    """A restore. Times are in seconds since 1970; `estimated`: the backup holds data up to `backup_at`, at least."""

    at: float
    backup_at: float | None
    estimated: bool

    @property
    def origin(self) -> str:
        """Return such as "a backup of 23 November 2026, 14:30"."""
        if self.backup_at is None:
            return "an earlier state"
        backup = local(self.backup_at)
        when = f"{backup.day} {backup:%B %Y, %H:%M}"
        return f"a copy with data up to {when}" if self.estimated else f"a backup of {when}"


@dataclass(frozen=True)
class Opened:
    """What is known of a database before anything is written to it."""

    unused: bool
    identity: str
    known: Installation | None
    evidence: Evidence | None
    expected_images: int
    """How many images must be in the store; 0 after a restore, because a backup may be without them."""


async def open_database_row(database: Database, settings: Settings, memory: Path) -> Opened:
    """Read what the database says of itself, and compare it; raises SettingsError if it is another environment's.

    `memory` is the file in which this machine keeps how far the audit trail had got.
    """
    opened = await database.read(_opened, remembered_seqs(memory), database.clock())
    known, environment = opened.known, settings.environment
    if known is not None and known.environment not in {"", environment}:
        if await database.read(has_unfinished):
            raise SettingsError(
                "CLINICPRO_DATABASE_URL",
                f"names a database with photos for {known.environment}, but MEDTECH_API_BASE_URL is {environment}: "
                "name another database, or file or remove those photos first.",
            )
        await database.write(_set_environment, environment)
    return opened


def _opened(connection: Connection, remembered: Mapping[int, int], now: float) -> Opened:
    known, identity = read_installation(connection), identity_of(connection)
    evidence: Evidence | None = None
    if known is not None and known.identity != identity:
        evidence = "marked" if known.identity == MARKED else "copied"
    elif _is_behind(connection, remembered):
        evidence = "behind"
    restored_at = known.restored_at if known is not None else None
    recently = restored_at is not None and now < restored_at + SHOWN_SECONDS
    expected = 0 if evidence is not None or recently else stored_images(connection)
    return Opened(is_unused(connection), identity, known, evidence, expected)


def _is_behind(connection: Connection, remembered: Mapping[int, int]) -> bool:
    heads = {row.shard: row.seq for row in connection.execute(select(audit_head.c.shard, audit_head.c.seq))}
    return any(seq > heads.get(shard, 0) for shard, seq in remembered.items())


def _set_environment(work: UnitOfWork, environment: str) -> None:
    known = read_installation(work.connection)
    if known is not None:
        store_installation(work, replace(known, environment=environment))


class RestoreWatch:
    """Notices a restore at the start, and keeps the mark in the store up to date from then on."""

    def __init__(
        self,
        *,
        database: Database,
        blobs: OwnedBlobStore,
        look_first: LookFirst,
        environment: str,
        clock: Callable[[], float],
    ) -> None:
        """The mark is kept in `blobs`; `look_first` marks what has to be looked for."""
        self._database = database
        self._blobs = blobs
        self._look_first = look_first
        self._environment = environment
        self._clock = clock
        self._written: Mark | None = None
        self._installation: Installation | None = None

    @property
    def restored(self) -> Restored | None:
        """The latest restore of the last day."""
        found = self._installation
        if found is None or found.restored_at is None or self._clock() > found.restored_at + SHOWN_SECONDS:
            return None
        return Restored(found.restored_at, found.backup_at, found.estimated)

    def is_recent(self) -> bool:
        """Whether there was a restore on the last day. Then another database may be the one that goes on."""
        return self.restored is not None

    def restored_at(self) -> float:
        """Return when a restore was last noticed; 0 if never."""
        return (self._installation and self._installation.restored_at) or 0.0

    def restored_from(self) -> float | None:
        """Return the time of the backup that was restored on the last day, or until when it has data."""
        return None if self.restored is None else self.restored.backup_at or self.restored.at

    @asynccontextmanager
    async def noticing(self, opened: Opened) -> AsyncIterator[None]:
        """Mark what has to be looked for if the database is an earlier state or a copy; leaving updates the mark."""
        mark = await self._mark_in_store()
        self._installation = await self._database.write(self._settle, opened, mark)
        await self.write_mark()
        try:
            yield
        finally:
            await self.write_mark()

    def _settle(self, work: UnitOfWork, opened: Opened, mark: Mark | None) -> Installation:
        connection = work.connection
        if connection.dialect.name == "postgresql":  # several gateways may start at once
            connection.execute(select(func.pg_advisory_xact_lock(advisory_locks.RESTORE_NOTICING)))
        known = read_installation(connection)
        evidence = opened.evidence
        if known is not None and evidence in {"marked", "copied"} and known.identity == opened.identity:
            evidence = None  # another gateway noticed it first
        evidence = evidence or _evidence_of(mark, known, progress_of(connection))
        known = known or new_installation(opened.identity, self._environment)
        if evidence is None or opened.unused:
            known = replace(known, identity=opened.identity)
            store_installation(work, known)
            return known
        return self._mark(work, opened, known, evidence)

    def _mark(
        self, work: UnitOfWork, opened: Opened, known: Installation, evidence: Evidence
    ) -> Installation:
        backup_at, estimated = known.backup_at, known.estimated
        if evidence != "marked":
            backup_at, estimated = last_entry_at(work.connection), True
        found = Installation(
            identity=opened.identity,
            generation=uuid.uuid4().hex,
            previous_generation=known.generation,
            environment=self._environment,
            restored_at=work.now,
            backup_at=backup_at,
            estimated=estimated,
        )
        restored = Restored(work.now, backup_at, estimated)
        jobs, images = self._look_first.mark_all(work, restored_error(restored.origin))
        store_installation(work, found)
        about = {"evidence": evidence, "jobs": str(jobs), "images": str(images)}
        work.audit(Entry("installation.restored", about=about))
        log.warning(
            "installation.restored",
            message="This database is an earlier state or a copy. Everything unfinished is looked for before it is filed.",
            origin=restored.origin,
            **about,
        )
        return found

    async def write_mark(self) -> None:
        """Store how far the database has got, unless the store is another restore's by now."""
        if self._installation is None:
            return
        progress = await self._database.read(progress_of)
        mark = Mark(self._installation.generation, progress)
        if mark == self._written:
            return
        there = await self._mark_in_store()
        allowed = {self._installation.generation, self._installation.previous_generation}
        if self._written is not None and there is not None and there.generation not in allowed:
            log.error(
                "installation.other-generation",
                message="Another database of this installation uses this store. Stop one of the two.",
            )
            return
        try:
            await self._blobs.write_mark(mark.to_text())
        except (StorageUnavailable, OSError):
            return  # the store isn't ready, which /readyz shows
        self._written = mark

    async def run(self) -> None:
        """Keep the mark up to date, until cancelled."""
        while True:
            await asyncio.sleep(MARK_SECONDS)
            try:
                await self.write_mark()
            except Exception:
                log.exception(
                    "installation.mark-failed", message="The mark in the store could not be written."
                )

    async def _mark_in_store(self) -> Mark | None:
        try:
            return mark_from_text(await self._blobs.read_mark())
        except (StorageUnavailable, OSError):
            return None


def _evidence_of(mark: Mark | None, known: Installation | None, progress: int) -> Evidence | None:
    """Return what the mark in the store shows."""
    if mark is None:
        return None
    if known is None or mark.generation not in {known.generation, known.previous_generation}:
        return "other-generation"
    return "behind" if mark.progress > progress else None
