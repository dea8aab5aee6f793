"""A separate trail that is appended to, tampered with as the database's owner could, and verified; and a gateway's trail."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.export import decrypted_row
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import all_rows, verify
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import place_migrated, sqlite_url
from running import TESTING, BrowserSession

KEYRING = Keyring("invented key for tests only")
# Whole names and ids: chance writes four characters of one into any file of random bytes.
AROHA = Actor("F2N060-E", "9bf0832786e2293848942167532e0a91", "Dr Aroha Ngata", TESTING, "s" * 32)


@asynccontextmanager
async def opened(environ: Mapping[str, str], folder: Path) -> AsyncIterator[tuple[Database, Trail]]:
    """A database with a trail; twice is two processes."""
    url = environ.get("CLINICPRO_DATABASE_URL", sqlite_url(folder / "trail.db"))
    place_migrated(url)
    database = open_database(url)
    try:
        yield database, await open_trail(database, KEYRING)
    finally:
        await database.close()


async def write(database: Database, trail: Trail, *subjects: str) -> None:
    for subject in subjects:
        await database.write(append, trail, Entry("image.viewed", AROHA, subject, about={"size": "full"}))


def append(work: UnitOfWork, trail: Trail, entry: Entry, now: float = 1.5) -> None:
    trail.append(work.connection, [entry], now)


async def found(database: Database, trail: Trail, **more: Any) -> list[tuple[int, str]]:
    verdict = await database.read(verify, trail.key, **more)
    return [(finding.seq, finding.sentence) for finding in verdict.findings]


async def rows_of(database: Database, session_id: str) -> list[int]:
    """The numbers of a session's rows."""
    return [row["seq"] for row in await read_rows(database) if row["session_id"] == session_id]


async def read_rows(database: Database) -> list[dict[str, Any]]:
    """Every row but the first, which says that the trail has begun, in the order of the trail."""
    rows = await database.read(lambda connection: list(all_rows(connection)))
    return [row for row in rows if row["action"] != "audit.begun"]


async def tamper(database: Database, *statements: str) -> None:
    """As someone who owns the database and removes its guards first."""
    if database.is_sqlite:
        triggers = ("audit_no_update", "audit_no_delete", "audit_head_no_delete")
        guards = [f"DROP TRIGGER IF EXISTS {trigger}" for trigger in triggers]
    else:
        guards = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in ("audit", "audit_head")]
    await run(database, *guards, *statements)


async def run(database: Database, *statements: str) -> None:
    """Run them in one transaction."""

    def run_all(work: UnitOfWork) -> None:
        for statement in statements:
            work.connection.execute(text(statement))

    await database.write(run_all)


async def trail_of(browser: BrowserSession) -> list[dict[str, Any]]:
    rows = await read_rows(browser.gateway.database)
    entries = [decrypted_row(row, browser.gateway.trail.key) for row in rows]
    # On PostgreSQL the trail begins with it.
    return [entry for entry in entries if entry["action"] != "audit.shards"]
