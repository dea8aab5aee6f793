"""Writing the trail: in the transaction of what is recorded, one row after the other in its shard, whoever writes."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from clinicpro_images.audit.chain import AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.tables import audit, audit_head
from clinicpro_images.web.origin import ORIGIN

# What of `about` says who somebody is: an operator, and the account of somebody who signed in outside Evolution.
_ENCRYPTED = ("admin", "account")

_ACTORS = 200

# Made once: to put a statement together takes longer than to carry it out.
_OF_SHARD = audit_head.c.shard == bindparam("of_strand")
_END = select(audit_head.c.seq, audit_head.c.mac).where(_OF_SHARD).with_for_update()
_ADD = insert(audit)
_MOVE_END = update(audit_head).where(_OF_SHARD)
_STARTED = (
    select(audit.c.shard, audit.c.seq, audit.c.facility_id, audit.c.who, audit.c.patient)
    .where(audit.c.session_id == bindparam("of_session"), audit.c.action == "session.started")
    .limit(1)
)


class Trail:
    """Appends. Nothing in the product changes or deletes a row, and the database refuses it to everybody."""

    def __init__(self, key: AuditKey, shards: int = 1) -> None:
        """Seal and chain with `key`. With several `shards`, sessions spread over all but the first, number 0."""
        self.key = key
        self._shards = shards
        # Who started a session never changes, and filing asks for each picture.
        self._actors: dict[str, Actor] = {}

    async def append(self, connection: AsyncConnection, entries: Sequence[Entry], now: float) -> None:
        """Add rows, as the last thing of a transaction: other writers of a shard wait from here until it ends.

        The row of the shard's end is locked, so several processes on PostgreSQL make one chain of it; SQLite has one
        writer. All take the shards in one order, so nobody waits for somebody who waits for them.
        """
        by_shard: dict[int, list[Entry]] = {}
        for entry in entries:
            by_shard.setdefault(self._shard(entry.actor.session_id), []).append(entry)
        for shard in sorted(by_shard):
            await self._extend(connection, shard, by_shard[shard], now)

    def _shard(self, session_id: str) -> int:
        """A session stays in one shard, where what was done in it stands in order; the rest is in shard 0."""
        if not session_id or self._shards == 1:
            return 0
        return 1 + zlib.crc32(session_id.encode()) % (self._shards - 1)

    async def _extend(
        self, connection: AsyncConnection, shard: int, entries: Sequence[Entry], now: float
    ) -> None:
        seq, previous = (await connection.execute(_END, {"of_strand": shard})).one()
        rows = []
        for entry in entries:
            seq += 1
            row = self._row(entry, shard, seq, previous, now)
            previous = row["mac"] = self.key.code(row)
            rows.append(row)
        end = {"seq": seq, "mac": previous, "code": self.key.head_code(shard, seq, previous)}
        if len(rows) == 1 and connection.dialect.name == "postgresql":
            # Both in one round trip: the shard is locked, and whoever comes next waits.
            moved = update(audit_head).where(audit_head.c.shard == shard).values(end)
            await connection.execute(insert(audit).values(rows[0]).add_cte(moved.cte("moved")))
            return
        await connection.execute(_ADD, rows)
        await connection.execute(_MOVE_END, end | {"of_strand": shard})

    async def end(self, connection: AsyncConnection) -> str:
        """Return the end as `clinicpro audit --anchor` takes it."""
        query = select(audit_head.c.shard, audit_head.c.seq, audit_head.c.mac)
        return str(
            ChainHeads.of(
                {row.shard: (row.seq, row.mac) for row in await connection.execute(query)}, self.key
            )
        )

    async def actor_of(self, connection: AsyncConnection, session_id: str) -> Actor:
        """Return who started a session, from the trail itself: for what happens after nobody is there any more.

        The patient stays a keyed hash; see `_row`.
        """
        known = self._actors.get(session_id)
        if known is not None:
            return known
        row = (await connection.execute(_STARTED, {"of_session": session_id})).one_or_none()
        if row is None:
            return Actor(session_id=session_id)
        who = self.key.decrypt_identity(row.who, row.shard, row.seq)
        if len(self._actors) >= _ACTORS:
            self._actors.clear()
        self._actors[session_id] = actor = _Remembered(
            facility_id=row.facility_id,
            provider_id=who.get("providerId", ""),
            provider_name=who.get("provider", ""),
            session_id=session_id,
            patient_id=row.patient,
        )
        return actor

    def _row(self, entry: Entry, shard: int, seq: int, previous: str, now: float) -> dict[str, Any]:
        actor, origin = entry.actor, ORIGIN.get()
        who = {
            "providerId": actor.provider_id,
            "provider": actor.provider_name,
            "address": origin.address if origin else "",
            **{name: entry.about.get(name, "") for name in _ENCRYPTED},
        }
        patient = actor.patient_id
        if patient and not isinstance(actor, _Remembered):
            patient = self.key.patient(actor.facility_id, patient)
        about = {name: value for name, value in sorted(entry.about.items()) if name not in _ENCRYPTED}
        return {
            "shard": shard,
            "seq": seq,
            "at": now,
            "action": entry.action,
            "facility_id": actor.facility_id,
            "session_id": actor.session_id,
            "patient": patient,
            "who": self.key.encrypt_identity(
                {name: value for name, value in who.items() if value}, shard, seq
            ),
            "subject": entry.subject,
            "document_id": entry.document_id,
            "about": json.dumps(about, ensure_ascii=False) if about else "",
            "correlation_id": origin.correlation_id if origin else "",
            "previous": previous,
        }


class _Remembered(Actor):
    """An actor out of the trail, whose `patient_id` is the keyed hash already."""
