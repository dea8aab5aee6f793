"""Opens a database's audit trail: loads its key, and creates the chain heads of its shards."""

from sqlalchemy import Connection, insert, select, text

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.crypto.data_keys import load_data_key
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import audit, audit_head
from clinicpro_images.db.unit_of_work import UnitOfWork

# Enough that 100 clinicians rarely wait for each other, and few enough for the chain heads to fit on one line.
SHARDS = 33

_ADD_HEAD = (
    "INSERT INTO audit_head (shard, seq, mac, code) VALUES (:shard, :seq, :mac, :code) ON CONFLICT DO NOTHING"
)


async def open_trail(database: Database, keyring: Keyring) -> Trail:
    """Return the audit trail, created if there is none; SQLite has one writer, so it needs one shard only."""
    return await database.write(_open, keyring, 1 if database.is_sqlite else SHARDS)


def _open(work: UnitOfWork, keyring: Keyring, shards: int) -> Trail:
    trail = Trail(AuditKey(load_data_key(work, keyring, "audit")), shards)
    connection = work.connection
    if not _has_rows(connection, 0):
        # Only for an empty shard: a deleted head must not be replaced. Several processes may start at once.
        connection.execute(text(_ADD_HEAD), _empty_head(trail.key, 0))
    if shards > 1:
        _begin_shards(connection, trail, shards)
    return trail


def _begin_shards(connection: Connection, trail: Trail, shards: int) -> None:
    """Create the other shards, once; an entry in shard 0 records them, so that a missing shard is detected."""
    locked = select(audit_head.c.seq).where(audit_head.c.shard == 0).with_for_update()
    if connection.scalar(locked) is None:
        return
    begun = connection.scalar(select(audit_head.c.shard).where(audit_head.c.shard > 0).limit(1))
    if begun is not None or _has_rows(connection, 1):
        return
    connection.execute(insert(audit_head), [_empty_head(trail.key, shard) for shard in range(1, shards)])
    now = connection.scalar(select(now_seconds())) or 0.0
    trail.append(connection, [Entry("audit.shards", about={"shards": str(shards)})], now)


def _has_rows(connection: Connection, shard: int) -> bool:
    """Return whether there are rows in this shard or a later one."""
    return connection.scalar(select(audit.c.seq).where(audit.c.shard >= shard).limit(1)) is not None


def _empty_head(key: AuditKey, shard: int) -> dict[str, object]:
    return {"shard": shard, "seq": 0, "mac": FIRST, "code": key.head_mac(shard, 0, FIRST)}
