"""Writing the trail: in the transaction of what is recorded, one row after the other, whoever writes."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from clinicpro_images.audit.chain import AuditKey
from clinicpro_images.audit.entry import ORIGIN, Actor, Entry
from clinicpro_images.db.tables import audit, audit_head


class Trail:
    """Appends. Nothing in the product changes or deletes a row, and the database refuses it to everybody."""

    def __init__(self, key: AuditKey) -> None:
        """Seal and chain with `key`."""
        self.key = key

    async def append(self, connection: AsyncConnection, entries: Sequence[Entry], now: float) -> None:
        """Add rows, as the last thing of a transaction: other writers wait from here until it ends.

        The head's row is locked, so several processes on PostgreSQL make one chain; SQLite has one writer.
        """
        if not entries:
            return
        head = (await connection.execute(select(audit_head).with_for_update())).one()
        seq, previous = head.seq, head.mac
        rows = []
        for entry in entries:
            seq += 1
            row = self._row(entry, seq, previous, now)
            previous = row["mac"] = self.key.code(row)
            rows.append(row)
        await connection.execute(insert(audit), rows)
        await connection.execute(
            update(audit_head).values(seq=seq, mac=previous, code=self.key.head_code(seq, previous))
        )

    async def end(self, connection: AsyncConnection) -> str:
        """Return the end as `clinicpro audit --anchor` takes it: the last row's number and code."""
        head = (await connection.execute(select(audit_head))).one()
        return f"{head.seq}:{head.mac}"

    async def actor_of(self, connection: AsyncConnection, session_id: str) -> Actor:
        """Return who started a session, from the trail itself: for what happens after nobody is there any more.

        The patient stays a keyed hash; see `_row`.
        """
        query = (
            select(audit.c.seq, audit.c.facility_id, audit.c.who, audit.c.patient)
            .where(audit.c.session_id == session_id, audit.c.action == "session.started")
            .limit(1)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return Actor(session_id=session_id)
        who = self.key.open_who(row.who, row.seq)
        return _Remembered(
            facility_id=row.facility_id,
            provider_id=who.get("providerId", ""),
            provider_name=who.get("provider", ""),
            session_id=session_id,
            patient_id=row.patient,
        )

    def _row(self, entry: Entry, seq: int, previous: str, now: float) -> dict[str, Any]:
        actor, origin = entry.actor, ORIGIN.get()
        who = {
            "providerId": actor.provider_id,
            "provider": actor.provider_name,
            "address": origin.address if origin else "",
            "admin": entry.about.get("admin", ""),
        }
        patient = actor.patient_id
        if patient and not isinstance(actor, _Remembered):
            patient = self.key.patient(actor.facility_id, patient)
        about = {name: value for name, value in sorted(entry.about.items()) if name != "admin"}
        return {
            "seq": seq,
            "at": now,
            "action": entry.action,
            "facility_id": actor.facility_id,
            "session_id": actor.session_id,
            "patient": patient,
            "who": self.key.seal_who({name: value for name, value in who.items() if value}, seq),
            "subject": entry.subject,
            "document_id": entry.document_id,
            "about": json.dumps(about, ensure_ascii=False) if about else "",
            "correlation_id": origin.correlation_id if origin else "",
            "previous": previous,
        }


class _Remembered(Actor):
    """An actor out of the trail, whose `patient_id` is the keyed hash already."""
