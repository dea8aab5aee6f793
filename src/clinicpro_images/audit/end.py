"""The end of a shard: read under a lock, and checked before anything is appended to it.

Without the check, the next honest row would carry a valid MAC over a forged end.
"""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

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
    """A shard's recorded end with its code, the row that it names, and whether there are rows behind that."""

    seq: int
    mac: str
    code: str
    row: Mapping[str, Any]
    followed: bool


_LAST = [column.label(f"last_{column.name}") for column in audit.c]
_LATER = audit.alias("later")
_BEHIND = (
    select(_LATER.c.seq)
    .where(_LATER.c.shard == audit_head.c.shard, _LATER.c.seq > audit_head.c.seq)
    .limit(1)
    .correlate(audit_head)
    .scalar_subquery()
)
_HEAD = (
    select(audit_head.c.seq, audit_head.c.mac, audit_head.c.code, _BEHIND.label("behind"), *_LAST)
    .select_from(
        audit_head.outerjoin(audit, (audit.c.shard == audit_head.c.shard) & (audit.c.seq == audit_head.c.seq))
    )
    .with_for_update(of=audit_head)
)


def lock_head(connection: Connection, shard: int) -> Head | None:
    """Return the recorded end, locked until the transaction ends, so that several processes can extend one chain."""
    found = connection.execute(_HEAD.where(audit_head.c.shard == shard)).mappings().one_or_none()
    if found is None:
        return None
    row = {column.name: found[f"last_{column.name}"] for column in audit.c}
    return Head(found["seq"], found["mac"], found["code"], row, found["behind"] is not None)


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
    if _fault(key, head) and connection.dialect.name == "postgresql":
        # The rows are those of the time before the lock was waited for; the head is newer.
        head = lock_head(connection, shard)
        assert head is not None  # noqa: S101 - it is locked
    return _fault(key, head)


def _fault(key: AuditKey, head: Head) -> Broken:
    if head.mac != FIRST:
        if head.row["seq"] != head.seq:
            return "end-missing"
        if head.row["mac"] != head.mac or key.row_mac(dict(head.row)) != head.mac:
            return "end-changed"
    elif head.row["seq"] is not None:
        return "rows-after-end"
    return "rows-after-end" if head.followed else ""


def highest_seq(connection: Connection, shard: int) -> int:
    """Return the highest number in a shard, forged rows included; 0 if there is none."""
    return connection.scalar(select(func.max(audit.c.seq)).where(audit.c.shard == shard)) or 0


def replaced_rows(connection: Connection, ends: dict[int, ChainEnd]) -> list[int]:
    """Return the shards in which the row that was once the end is another one now, or gone."""
    replaced = []
    for shard, end in ends.items():
        query = select(audit.c.mac).where(audit.c.shard == shard, audit.c.seq == end.seq)
        if end.mac and end.mac != FIRST and connection.scalar(query) != end.mac:
            replaced.append(shard)
    return replaced
