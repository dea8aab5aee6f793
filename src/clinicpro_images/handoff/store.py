"""The SQL of hand-offs. A ticket and a phone's cookie are found by their keyed hash and stored nowhere."""

from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import handoffs, sessions
from clinicpro_images.handoff.ticket import Handoff

# Made once: to put a statement together takes longer than to carry it out.
_BY_PHONE = select(handoffs).where(handoffs.c.phone_hash == bindparam("hashed"))


class HandoffStore:
    """Hand-offs in the database."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        """Use `keyring` for every hash."""
        self._database = database
        self._keyring = keyring

    def patient_tag(self, patient_key: str) -> str:
        """Name a patient's record for a phone: the same in each of its sessions, and of no use elsewhere."""
        return self._keyring.keyed_hash("phone-patient", patient_key)

    async def hold(self, connection: AsyncConnection, session_id: str) -> None:
        """Let no other transaction change this session's hand-offs before this one ends."""
        await connection.execute(
            select(sessions.c.id).where(sessions.c.id == session_id).with_for_update(key_share=True)
        )

    async def add(self, connection: AsyncConnection, handoff: Handoff, ticket: str) -> None:
        """Insert one that waits."""
        await connection.execute(
            insert(handoffs).values(
                id=handoff.id,
                session_id=handoff.session_id,
                ticket_hash=self._ticket_hash(ticket),
                expires_at=handoff.expires_at,
            )
        )

    async def by_ticket(self, connection: AsyncConnection, ticket: str) -> Handoff | None:
        """Find the hand-off of a ticket, and hold its row until the transaction ends."""
        query = select(handoffs).where(handoffs.c.ticket_hash == self._ticket_hash(ticket)).with_for_update()
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else _handoff(row)

    async def claim(self, connection: AsyncConnection, handoff: Handoff, phone_token: str) -> None:
        """Remember the phone that redeemed it."""
        await connection.execute(
            update(handoffs)
            .where(handoffs.c.id == handoff.id)
            .values(claimed_at=handoff.claimed_at, phone_hash=self._phone_hash(phone_token))
        )

    async def by_phone(self, phone_token: str) -> Handoff | None:
        """Find the hand-off of a phone's cookie."""
        asked = {"hashed": self._phone_hash(phone_token)}
        async with self._database.read() as connection:
            row = (await connection.execute(_BY_PHONE, asked)).one_or_none()
        return None if row is None else _handoff(row)

    async def by_id(self, handoff_id: str) -> Handoff | None:
        """Find one by its id."""
        async with self._database.read() as connection:
            row = (
                await connection.execute(select(handoffs).where(handoffs.c.id == handoff_id))
            ).one_or_none()
        return None if row is None else _handoff(row)

    async def live(self, session_id: str) -> Handoff | None:
        """Return the session's hand-off that is not cut off, if there is one."""
        async with self._database.read() as connection:
            return await self.live_in(connection, session_id)

    async def live_in(self, connection: AsyncConnection, session_id: str) -> Handoff | None:
        """As `live`, inside a transaction."""
        query = select(handoffs).where(handoffs.c.session_id == session_id, handoffs.c.cut_off_at.is_(None))
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else _handoff(row)

    async def end(self, connection: AsyncConnection, handoff: Handoff) -> None:
        """Store that it was cut off."""
        await connection.execute(
            update(handoffs).where(handoffs.c.id == handoff.id).values(cut_off_at=handoff.cut_off_at)
        )

    def _ticket_hash(self, ticket: str) -> str:
        return self._keyring.keyed_hash("handoff-ticket", ticket)

    def _phone_hash(self, phone_token: str) -> str:
        return self._keyring.keyed_hash("phone-token", phone_token)


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(row.id, row.session_id, row.expires_at, row.claimed_at, row.cut_off_at)
