"""Opens a database's audit trail: loads its key, and creates the chain heads of its shards."""

from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.end import proven_ends, replaced_rows
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.memory import ChainEnd, TrailMemory
from clinicpro_images.audit.trail import Trail
from clinicpro_images.crypto.data_keys import has_data_key, load_data_key
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db import advisory_locks
from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import audit, audit_head, sessions
from clinicpro_images.db.unit_of_work import UnitOfWork

# Enough that 100 clinicians rarely wait for each other, and few enough for the chain heads to fit on one line.
SHARDS = 33


def memory_file(data_dir: Path) -> Path:
    """Return where a process keeps what it knows of the trail's ends."""
    return data_dir / "audit.memory"


async def open_trail(database: Database, keyring: Keyring, memory: Path | None = None) -> Trail:
    """Return the audit trail, created if there is none; SQLite has one writer, so it needs one shard only.

    `memory` is a file outside the database.
    """
    trail = await database.write(_open, keyring, 1 if database.is_sqlite else SHARDS, memory)
    trail.committed(await database.read(proven_ends, trail.key))
    return trail


def _open(work: UnitOfWork, keyring: Keyring, shards: int, memory: Path | None) -> Trail:
    connection = work.connection
    if connection.dialect.name == "postgresql":
        connection.execute(
            select(func.pg_advisory_xact_lock(advisory_locks.AUDIT_OPENING))
        )  # several processes may start at once
    had_key = has_data_key(connection, "audit")
    key = AuditKey(load_data_key(work, keyring, "audit"))
    trail = Trail(key, shards, TrailMemory(key, memory))
    now = connection.scalar(select(now_seconds())) or 0.0
    if _is_empty(connection):
        trail.begin(connection, now, emptied=had_key or _was_used(connection, trail.memory.ends))
    elif connection.scalar(select(audit_head.c.mac).where(audit_head.c.shard == 0)) == FIRST:
        pass  # begun by a version that wrote no first row, and not used since
    else:
        trail.check(connection, 0, now)
    if shards > 1:
        _begin_shards(connection, trail, shards, now)
    for shard in replaced_rows(connection, trail.memory.ends):
        trail.check(connection, shard, now)
    return trail


def _begin_shards(connection: Connection, trail: Trail, shards: int, now: float) -> None:
    """Create the other shards, once; an entry in shard 0 records them, so that a missing shard is detected."""
    locked = select(audit_head.c.seq).where(audit_head.c.shard == 0).with_for_update()
    if connection.scalar(locked) is None:
        return
    begun = connection.scalar(select(audit_head.c.shard).where(audit_head.c.shard > 0).limit(1))
    if begun is not None or _has_rows(connection, 1):
        return
    connection.execute(insert(audit_head), [_empty_head(trail.key, shard) for shard in range(1, shards)])
    trail.append(connection, [Entry("audit.shards", about={"shards": str(shards)})], now)


def _is_empty(connection: Connection) -> bool:
    return not _has_rows(connection, 0) and connection.scalar(select(audit_head.c.shard).limit(1)) is None


def _was_used(connection: Connection, remembered: dict[int, ChainEnd]) -> bool:
    """Return whether an empty trail without a key had rows once: each session's start is one."""
    return bool(remembered) or connection.scalar(select(sessions.c.id).limit(1)) is not None


def _has_rows(connection: Connection, shard: int) -> bool:
    """Return whether there are rows in this shard or a later one."""
    return connection.scalar(select(audit.c.seq).where(audit.c.shard >= shard).limit(1)) is not None


def _empty_head(key: AuditKey, shard: int) -> dict[str, object]:
    return {"shard": shard, "seq": 0, "mac": FIRST, "code": key.head_mac(shard, 0, FIRST)}
