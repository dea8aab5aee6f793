"""Appends entries to the audit trail, in the same transaction as the change that they record."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select, update

from clinicpro_images.audit.chain import FIRST, AuditKey
from clinicpro_images.audit.chain_heads import ChainHeads
from clinicpro_images.audit.end import broken_end, highest_seq, lock_head
from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.memory import ChainEnd, TrailMemory
from clinicpro_images.db.tables import audit, audit_head
from clinicpro_images.web.origin import ORIGIN

# The members of `about` that identify a person: an operator, and an account that signed in outside Evolution.
_ENCRYPTED = ("admin", "account")

_ACTORS = 200

log = structlog.get_logger()


class Trail:
    """A database's audit trail. Rows are never changed or deleted; the database's triggers prevent it."""

    def __init__(self, key: AuditKey, shards: int = 1, memory: TrailMemory | None = None) -> None:
        """Encrypt and chain with `key`. With several `shards`, sessions are distributed over all but shard 0."""
        self.key = key
        self.memory = memory or TrailMemory(key)
        self._shards = shards
        # A session's actor never changes, and is needed for each image that is purged.
        self._actors: dict[str, Actor] = {}

    def append(self, connection: Connection, entries: Sequence[Entry], now: float) -> Mapping[int, ChainEnd]:
        """Add rows, as the last step of a transaction: from here until its end, other writers of the shard wait.

        Returns the new ends, for `committed`.

        The chain head is locked, so that several processes on PostgreSQL can extend one chain. Shards are always
        locked in the same order, to avoid deadlocks.
        """
        by_shard: dict[int, list[Entry]] = {}
        for entry in entries:
            by_shard.setdefault(self._shard(entry.actor.session_id), []).append(entry)
        return {shard: self._extend(connection, shard, by_shard[shard], now) for shard in sorted(by_shard)}

    def committed(self, ends: Mapping[int, ChainEnd]) -> None:
        """Remember what `append` returned, once its transaction is committed."""
        self.memory.note(ends)

    def _shard(self, session_id: str) -> int:
        """Return the shard of a session, always the same, so that its entries stay in order; 0 without a session."""
        if not session_id or self._shards == 1:
            return 0
        return 1 + zlib.crc32(session_id.encode()) % (self._shards - 1)

    def _extend(self, connection: Connection, shard: int, entries: Sequence[Entry], now: float) -> ChainEnd:
        """Add rows to a shard, after its end has been checked; returns the new end."""
        head = lock_head(connection, shard)
        broken = broken_end(connection, self.key, shard, head, self.memory.ends.get(shard))
        if broken:
            seq, previous = self._restart(connection, shard, broken), FIRST
            entries = [Entry("audit.restarted", about={"reason": broken}), *entries]
        else:
            assert head is not None  # noqa: S101 - a missing head is a broken end
            seq, previous = head.seq, head.mac
        rows = []
        for entry in entries:
            seq += 1
            row = self._row(entry, shard, seq, previous, now)
            previous = row["mac"] = self.key.row_mac(row)
            rows.append(row)
        code = self.key.head_mac(shard, seq, previous)
        if head is None:
            connection.execute(insert(audit_head).values(shard=shard, seq=seq, mac=previous, code=code))
            connection.execute(insert(audit), rows)
            return ChainEnd(seq, previous)
        moved = update(audit_head).where(audit_head.c.shard == shard).values(seq=seq, mac=previous, code=code)
        if len(rows) == 1 and connection.dialect.name == "postgresql":
            # Both in one round trip, because other sessions wait while the shard is locked.
            connection.execute(insert(audit).values(rows[0]).add_cte(moved.cte("moved")))
        else:
            connection.execute(insert(audit), rows)
            connection.execute(moved)
        return ChainEnd(seq, previous)

    def _restart(self, connection: Connection, shard: int, reason: str) -> int:
        """Raise the alarm, and return the number after which a new, marked chain begins: nothing clinical is refused."""
        log.error(
            "audit.tampered",
            message="The end of the audit trail isn't what was written; a new chain begins. Run clinicpro audit.",
            shard=shard,
            reason=reason,
        )
        known = self.memory.ends.get(shard)
        return max(highest_seq(connection, shard), known.seq if known else 0)

    def begin(self, connection: Connection, now: float, *, emptied: bool) -> None:
        """Write the first row of an empty trail, number 0; or, if there were rows before, the mark that they are gone."""
        if emptied:
            self._extend(connection, 0, [], now)
            return
        row = self._row(Entry("audit.begun"), 0, 0, FIRST, now)
        row["mac"] = self.key.row_mac(row)
        code = self.key.head_mac(0, 0, row["mac"])
        connection.execute(insert(audit_head).values(shard=0, seq=0, mac=row["mac"], code=code))
        connection.execute(insert(audit), [row])

    def check(self, connection: Connection, shard: int, now: float) -> None:
        """Begin a new, marked chain if the end of this shard is broken."""
        head = lock_head(connection, shard)
        if broken_end(connection, self.key, shard, head, self.memory.ends.get(shard)):
            self._extend(connection, shard, [], now)

    def anchor(self, connection: Connection) -> str:
        """Return the chain heads in the form that `clinicpro audit --anchor` accepts, to be kept elsewhere."""
        query = select(audit_head.c.shard, audit_head.c.seq, audit_head.c.mac)
        last = {row.shard: (row.seq, row.mac) for row in connection.execute(query)}
        return str(ChainHeads.of(last, self.key))

    def actor_of(self, connection: Connection, session_id: str) -> Actor:
        """Return who started a session, from the audit trail, for entries after the session has ended.

        The patient remains a keyed hash; see `_row`.
        """
        known = self._actors.get(session_id)
        if known is not None:
            return known
        started = (
            select(audit.c.shard, audit.c.seq, audit.c.facility_id, audit.c.who, audit.c.patient)
            .where(audit.c.session_id == session_id, audit.c.action == "session.started")
            .limit(1)
        )
        row = connection.execute(started).one_or_none()
        if row is None:
            return Actor(session_id=session_id)
        who = self.key.decrypt_identity(row.who, row.shard, row.seq)
        if len(self._actors) >= _ACTORS:
            self._actors.clear()
        self._actors[session_id] = actor = _StoredActor(
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
        if patient and not isinstance(actor, _StoredActor):
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


class _StoredActor(Actor):
    """An actor read from the trail: its `patient_id` is already the keyed hash."""
