"""A trail in a database of its own: written to, tampered with as its owner could, and checked; and the trail of a gateway."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.export import readable
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import all_rows, verify
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from running import TESTING, CommitService

KEYRING = Keyring("invented key for tests only")
AROHA = Actor("F2N060-E", "9bf0", "Dr Aroha Ngata", TESTING, "s" * 32)


@asynccontextmanager
async def opened(environ: Mapping[str, str], folder: Path) -> AsyncIterator[tuple[Database, Trail]]:
    """A database with a trail; twice is two processes."""
    database = open_database(
        environ.get("CLINICPRO_DATABASE_URL", f"sqlite+aiosqlite:///{folder / 'trail.db'}")
    )
    try:
        await migrate(database)
        yield database, await open_trail(database, KEYRING)
    finally:
        await database.close()


async def write(database: Database, trail: Trail, *subjects: str) -> None:
    for subject in subjects:
        async with database.write() as connection:
            await trail.append(
                connection, [Entry("image.viewed", AROHA, subject, about={"size": "full"})], 1.5
            )


async def found(database: Database, trail: Trail, **more: Any) -> list[tuple[int, str]]:
    verdict = await verify(database, trail.key, **more)
    return [(finding.seq, finding.sentence) for finding in verdict.findings]


async def rows_of(database: Database, session_id: str) -> list[int]:
    """The numbers of a session's rows."""
    return [row["seq"] async for row in all_rows(database) if row["session_id"] == session_id]


async def tamper(database: Database, *statements: str) -> None:
    """As somebody who owns the database and lifts its guards first."""
    async with database.write() as connection:
        if database.is_sqlite:
            for trigger in ("audit_no_update", "audit_no_delete", "audit_head_no_delete"):
                await connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))
        else:
            for table in ("audit", "audit_head"):
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            await connection.execute(text(statement))


async def trail_of(desk: CommitService) -> list[dict[str, Any]]:
    rows = all_rows(desk.gateway.database)
    entries = [readable(row, desk.gateway.trail.key) async for row in rows]
    # On PostgreSQL the trail begins with it.
    return [entry for entry in entries if entry["action"] != "audit.shards"]
