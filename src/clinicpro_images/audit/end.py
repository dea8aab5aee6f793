"""The end of a shard: read under a lock, and checked before anything is appended to it.

Without the check, the next honest row would carry a valid MAC over whatever someone had made of the end.
"""

from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, select

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.memory import ChainEnd
from clinicpro_images.db.tables import audit, audit_head

Broken = Literal[
    "",
    "head-missing",
    "head-changed",
    "end-missing",
    "end-changed",
    "rows-after-end",
    "rolled-back",
]
"""Why an end can't be continued; empty if it can."""


class Head(NamedTuple):
    """A shard's recorded end, with its code."""

    seq: int
    mac: str
    code: str


def lock_head(connection: Connection, shard: int) -> Head | None:
    """Return the recorded end, locked until the transaction ends, so that several processes can extend one chain."""
    query = select(audit_head.c.seq, audit_head.c.mac, audit_head.c.code).where(audit_head.c.shard == shard)
    row = connection.execute(query.with_for_update()).one_or_none()
    return None if row is None else Head(*row)


def proven_ends(connection: Connection, key: AuditKey) -> dict[int, ChainEnd]:
    """Return the recorded ends that have a valid code."""
    query = select(audit_head.c.shard, audit_head.c.seq, audit_head.c.mac, audit_head.c.code)
    return {
        row.shard: ChainEnd(row.seq, row.mac)
        for row in connection.execute(query)
        if row.code == key.head_mac(row.shard, row.seq, row.mac)
    }


def broken_end(
    connection: Connection, key: AuditKey, shard: int, head: Head | None, known: ChainEnd | None
) -> Broken:
    """Check a shard's end: the head's code, the row that it names, what is behind that, and what this process remembers."""
    if head is None:
        return "head-missing"
    if head.code != key.head_mac(shard, head.seq, head.mac):
        return "head-changed"
    if known is not None and (
        head.seq < known.seq or (head.seq == known.seq and known.mac not in {"", head.mac})
    ):
        return "rolled-back"
    # A statement of its own: on PostgreSQL its snapshot is taken once the lock is held.
    rest = select(audit).where(audit.c.shard == shard, audit.c.seq >= head.seq).order_by(audit.c.seq).limit(2)
    rows = connection.execute(rest).mappings().all()
    if head.mac != FIRST:
        if not rows or rows[0]["seq"] != head.seq:
            return "end-missing"
        if rows[0]["mac"] != head.mac or key.row_mac(dict(rows[0])) != head.mac:
            return "end-changed"
        rows = rows[1:]
    return "rows-after-end" if rows else ""


def highest_seq(connection: Connection, shard: int) -> int:
    """Return the highest number in a shard, whoever wrote that row; 0 if there is none."""
    return connection.scalar(select(func.max(audit.c.seq)).where(audit.c.shard == shard)) or 0


def replaced_rows(connection: Connection, ends: dict[int, ChainEnd]) -> list[int]:
    """Return the shards in which the row that was once the end is another one now, or gone."""
    replaced = []
    for shard, end in ends.items():
        query = select(audit.c.mac).where(audit.c.shard == shard, audit.c.seq == end.seq)
        if end.mac and end.mac != FIRST and connection.scalar(query) != end.mac:
            replaced.append(shard)
    return replaced
