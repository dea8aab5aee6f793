"""Opening the trail of a database: its key, and the rows that say where its shards end."""

from sqlalchemy import Insert, insert, select

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.crypto.data_keys import data_key
from clinicpro_images.db.database import Database, now_seconds
from clinicpro_images.db.tables import audit, audit_head

# Enough for a hundred clinicians not to meet in one, few enough for their ends to be noted on a line.
SHARDS = 33


async def open_trail(database: Database, keyring: Keyring) -> Trail:
    """Return the trail, begun where there is none yet; in one shard on SQLite, whose writers take turns anyway."""
    key = AuditKey(await data_key(database, keyring, "audit"))
    trail = Trail(key, 1 if database.is_sqlite else SHARDS)
    async with database.write() as connection:
        if not await _has_rows(connection, 0):
            # Only for an empty shard: an end that was taken away is not made anew.
            await connection.execute(_unless_there(database, _empty(key, 0)))
        if not database.is_sqlite:
            await _begin_shards(connection, trail)
    return trail


async def _begin_shards(connection: AsyncConnection, trail: Trail) -> None:
    """Begin the other shards, once; shard 0 says so, so that none can go missing with all its rows."""
    first = select(audit_head.c.seq).where(audit_head.c.shard == 0).with_for_update()
    if await connection.scalar(first) is None:
        return
    others = select(audit_head.c.shard).where(audit_head.c.shard > 0).limit(1)
    if await connection.scalar(others) is not None or await _has_rows(connection, 1):
        return
    ends = [_empty(trail.key, shard) for shard in range(1, SHARDS)]
    await connection.execute(insert(audit_head), ends)
    begun = Entry("audit.shards", about={"shards": str(SHARDS)})
    await trail.append(connection, [begun], await connection.scalar(select(now_seconds())) or 0.0)


def _unless_there(database: Database, end: dict[str, object]) -> Insert:
    # Each database's dialect takes up to 2 MB, and a gateway has one database.
    if database.is_sqlite:
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415

        return sqlite.insert(audit_head).values(end).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(audit_head).values(end).on_conflict_do_nothing()


async def _has_rows(connection: AsyncConnection, shard: int) -> bool:
    """Say whether there are rows in this shard or a later one."""
    return await connection.scalar(select(audit.c.seq).where(audit.c.shard >= shard).limit(1)) is not None


def _empty(key: AuditKey, shard: int) -> dict[str, object]:
    return {"shard": shard, "seq": 0, "mac": FIRST, "code": key.head_code(shard, 0, FIRST)}
