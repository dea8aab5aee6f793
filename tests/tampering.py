"""Random tampering with an audit trail in operation, as the database's owner could do it without the key."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.open import open_trail
from clinicpro_images.audit.trail import Trail
from clinicpro_images.audit.verify import verify
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork

_SESSIONS = [letter * 32 for letter in "abc"]
_COLUMNS = {
    "at": "at + 1",
    "action": "'image.removed.'",
    "facility_id": "'F0X'",
    "session_id": "'x'",
    "patient": "'0'",
    "subject": "'other'",
    "document_id": "'0'",
    "about": "'{}'",
    "correlation_id": "'0'",
    "previous": "'1'",
    "mac": "'1'",
}


class Tampering:
    """One trail that is written to, tampered with, written to again and verified."""

    def __init__(self, database: Database, keyring: Keyring, memory: Path, chance: random.Random) -> None:
        self.database = database
        self._keyring = keyring
        self._memory = memory
        self._chance = chance
        self._trail: Trail
        self._heads: list[list[Any]] = []
        self.done: list[str] = []

    async def trial(self) -> str:
        """Return what went wrong, or nothing."""
        await self.database.write(_reset)
        self._memory.unlink(missing_ok=True)
        await self._restart()
        await self._write(self._chance.randint(1, 12))
        if await self._findings():
            return "an untouched trail was reported"
        before = await self.database.read(_state)
        while await self.database.read(_state) == before:
            await self.database.write(self._tamper)
        if self._chance.random() < 0.5:
            await self._restart()
        await self._write(self._chance.randint(0, 4))
        if not await self._findings():
            return "not found"
        await self._write(self._chance.randint(1, 4))
        return "" if await self._findings() else "laundered by later rows"

    async def _restart(self) -> None:
        if hasattr(self, "_trail"):
            self._trail.memory.save()
        self._trail = await open_trail(self.database, self._keyring, self._memory)

    async def _write(self, rows: int) -> None:
        for number in range(rows):
            entry = Entry("image.viewed", Actor(session_id=self._chance.choice(_SESSIONS)), str(number))
            self._trail.committed(await self.database.write(_append, self._trail, entry))
            heads = await self.database.read(_heads)
            self._heads.append(heads)

    async def _findings(self) -> int:
        """Verify as `clinicpro audit` does: in a process of its own."""
        self._trail.memory.save()
        other = await open_trail(self.database, self._keyring, self._memory)
        other.memory.save()
        return len((await self.database.read(verify, other.key)).findings)

    def _tamper(self, work: UnitOfWork) -> None:
        ways: list[Callable[[Connection], str]] = [
            self._cut, self._cut, self._remove, self._edit, self._swap, self._replay, self._empty, self._head
        ]  # fmt: skip
        for way in self._chance.sample(ways, self._chance.choice([1, 1, 1, 2])):
            self.done.append(way(work.connection))

    def _cut(self, connection: Connection) -> str:
        """Cut rows off an end, and make the record of it fit as well as possible."""
        shard, rows = self._some_shard(connection)
        kept = self._chance.randrange(len(rows))
        _run(connection, "DELETE FROM audit WHERE shard = :s AND seq >= :q", s=shard, q=rows[kept].seq)
        way = self._chance.choice(["stale", "moved", "replayed", "deleted", "left"])
        if way == "deleted":
            _run(connection, "DELETE FROM audit_head WHERE shard = :s", s=shard)
        elif way == "replayed":
            self._put_back(connection, shard)
        elif way == "moved" and kept:
            last = rows[kept - 1]
            _set_head(connection, shard, last.seq, last.mac, "0" * 64)
        elif way == "stale":
            last = rows[kept - 1] if kept else None
            sql = "UPDATE audit_head SET seq = :q, mac = :m WHERE shard = :s"
            _run(connection, sql, s=shard, q=last.seq if last else 0, m=last.mac if last else "0" * 64)
        return f"cut {shard} {kept} {way}"

    def _put_back(self, connection: Connection, shard: int) -> None:
        """Put back an end that was recorded earlier, with its valid code."""
        earlier = [head for heads in self._heads for head in heads if head.shard == shard]
        if earlier:
            head = self._chance.choice(earlier)
            _run(connection, "DELETE FROM audit WHERE shard = :s AND seq > :q", s=shard, q=head.seq)
            _set_head(connection, shard, head.seq, head.mac, head.code)

    def _remove(self, connection: Connection) -> str:
        shard, rows = self._some_shard(connection)
        row = self._chance.choice(rows)
        _run(connection, "DELETE FROM audit WHERE shard = :s AND seq = :q", s=shard, q=row.seq)
        return f"removed {shard}/{row.seq}"

    def _edit(self, connection: Connection) -> str:
        shard, rows = self._some_shard(connection)
        row, column = self._chance.choice(rows), self._chance.choice(list(_COLUMNS))
        sql = f"UPDATE audit SET {column} = {_COLUMNS[column]} WHERE shard = :s AND seq = :q"  # noqa: S608
        _run(connection, sql, s=shard, q=row.seq)
        return f"edited {column} of {shard}/{row.seq}"

    def _swap(self, connection: Connection) -> str:
        shard, rows = self._some_shard(connection)
        if len(rows) < 2:
            return "swapped nothing"
        one, two = self._chance.sample([row.seq for row in rows], 2)
        for before, after in ((one, 10**6), (two, one), (10**6, two)):
            _run(
                connection,
                "UPDATE audit SET seq = :a WHERE shard = :s AND seq = :b",
                s=shard,
                a=after,
                b=before,
            )
        return f"swapped {shard}/{one} and {two}"

    def _replay(self, connection: Connection) -> str:
        """Copy a row behind the end, with or without moving the record of the end."""
        shard, rows = self._some_shard(connection)
        row, behind = self._chance.choice(rows), rows[-1].seq + 1
        names = "at, action, facility_id, session_id, patient, who, subject, document_id, about, correlation_id, previous, mac"
        copied = f"INSERT INTO audit (shard, seq, {names}) SELECT shard, :n, {names} FROM audit WHERE shard = :s AND seq = :q"  # noqa: S608
        _run(connection, copied, s=shard, q=row.seq, n=behind)
        if self._chance.random() < 0.5:
            _run(
                connection,
                "UPDATE audit_head SET seq = :q, mac = :m WHERE shard = :s",
                s=shard,
                q=behind,
                m=row.mac,
            )
        return f"replayed {shard}/{row.seq}"

    def _empty(self, connection: Connection) -> str:
        _run(connection, "DELETE FROM audit")
        way = self._chance.choice(["left", "deleted", "reset", "key"])
        if way in {"deleted", "key"}:
            _run(connection, "DELETE FROM audit_head")
        if way == "key":
            _run(connection, "DELETE FROM data_keys WHERE name = 'audit'")
        if way == "reset":
            _run(connection, "UPDATE audit_head SET seq = 0, mac = :m", m="0" * 64)
        return f"emptied, heads {way}"

    def _head(self, connection: Connection) -> str:
        shard, rows = self._some_shard(connection)
        seq = self._chance.choice([0, rows[-1].seq - 1, rows[-1].seq + 1, 10**6])
        _run(connection, "UPDATE audit_head SET seq = :q WHERE shard = :s", s=shard, q=max(0, seq))
        return f"end of {shard} recorded as {seq}"

    def _some_shard(self, connection: Connection) -> tuple[int, list[Any]]:
        rows = connection.execute(text("SELECT shard, seq, mac FROM audit ORDER BY shard, seq")).all()
        if not rows:  # an earlier step has emptied it
            connection.execute(text("INSERT INTO audit_head (shard, seq, mac, code) VALUES (77, 0, '', '')"))
            return 77, [_Row(77, 0, "")]
        shard = self._chance.choice(sorted({row.shard for row in rows}))
        return shard, [row for row in rows if row.shard == shard]


class _Row:
    def __init__(self, shard: int, seq: int, mac: str) -> None:
        self.shard, self.seq, self.mac = shard, seq, mac


def _append(work: UnitOfWork, trail: Trail, entry: Entry) -> Any:
    return trail.append(work.connection, [entry], 1.5)


def _reset(work: UnitOfWork) -> None:
    """Remove the guards, as an attacker would, and every row."""
    if work.connection.dialect.name == "sqlite":
        for trigger in ("audit_no_update", "audit_no_delete", "audit_head_no_delete"):
            _run(work.connection, f"DROP TRIGGER IF EXISTS {trigger}")
    else:
        for table in ("audit", "audit_head"):
            _run(work.connection, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for table in ("audit", "audit_head", "data_keys"):
        _run(work.connection, f"DELETE FROM {table}")  # noqa: S608


def _state(connection: Connection) -> list[Any]:
    tables = ("audit ORDER BY shard, seq", "audit_head ORDER BY shard", "data_keys ORDER BY name")
    return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables]  # noqa: S608


def _heads(connection: Connection) -> list[Any]:
    return list(connection.execute(text("SELECT shard, seq, mac, code FROM audit_head")).all())


def _set_head(connection: Connection, shard: int, seq: int, mac: str, code: str) -> None:
    sql = "UPDATE audit_head SET seq = :q, mac = :m, code = :c WHERE shard = :s"
    _run(connection, sql, s=shard, q=seq, m=mac, c=code)


def _run(connection: Connection, sql: str, **values: Any) -> None:
    connection.execute(text(sql), values)
