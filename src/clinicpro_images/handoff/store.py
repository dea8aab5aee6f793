"""The SQL of hand-offs. Tickets and phone cookies are stored as keyed hashes only."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.db.tables import handoffs
from clinicpro_images.handoff.ticket import Handoff


class HandoffStore:
    """Hand-offs in the database."""

    def __init__(self, keyring: Keyring) -> None:
        """Use `keyring` for every hash."""
        self._keyring = keyring

    def patient_tag(self, patient_key: str) -> str:
        """Return a keyed hash that identifies a patient's record to a phone: the same in each of its sessions."""
        return self._keyring.keyed_hash("phone-patient", patient_key)

    def phone_token(self, handoff_id: str, nonce: str) -> str:
        """Return the cookie's token of the page with this nonce: the same each time, and known to nobody else."""
        return self._keyring.keyed_hash("phone-cookie", f"{handoff_id} {nonce}")

    def add(self, connection: Connection, handoff: Handoff, ticket: str, code: str) -> None:
        """Insert a hand-off that is waiting for a phone."""
        connection.execute(
            insert(handoffs).values(
                id=handoff.id,
                session_id=handoff.session_id,
                ticket_hash=self._ticket_hash(ticket),
                code_hash=self._code_hash(code),
                expires_at=handoff.expires_at,
            )
        )

    def by_ticket(self, connection: Connection, ticket: str | None, code: str | None) -> Handoff | None:
        """Return the hand-off with this ticket, else with this code, and lock its row until the transaction ends."""
        if ticket is not None:
            return self._one(connection, handoffs.c.ticket_hash == self._ticket_hash(ticket), lock=True)
        if code is not None:
            return self._one(connection, handoffs.c.code_hash == self._code_hash(code), lock=True)
        return None

    def is_phone(self, connection: Connection, handoff_id: str, phone_token: str) -> bool:
        """Whether this is the phone that redeemed the hand-off's ticket."""
        phone_hash = select(handoffs.c.phone_hash).where(handoffs.c.id == handoff_id)
        return connection.scalar(phone_hash) == self._phone_hash(phone_token)

    def set_waiting(self, connection: Connection, handoff_id: str, waiting: int) -> None:
        """Store how many images the phone holds."""
        connection.execute(update(handoffs).where(handoffs.c.id == handoff_id).values(waiting=waiting))

    def claim(self, connection: Connection, handoff: Handoff, phone_token: str) -> None:
        """Record the phone that redeemed the ticket."""
        connection.execute(
            update(handoffs)
            .where(handoffs.c.id == handoff.id)
            .values(claimed_at=handoff.claimed_at, phone_hash=self._phone_hash(phone_token))
        )

    def by_phone(self, connection: Connection, phone_token: str) -> Handoff | None:
        """Return the hand-off with this phone's cookie."""
        return self._one(connection, handoffs.c.phone_hash == self._phone_hash(phone_token))

    def session_id(self, connection: Connection, phone_token: str) -> str | None:
        """Return the id of the session that this phone's cookie was for, or None."""
        query = select(handoffs.c.session_id).where(handoffs.c.phone_hash == self._phone_hash(phone_token))
        found: str | None = connection.scalar(query)
        return found

    def by_id(self, connection: Connection, handoff_id: str) -> Handoff | None:
        """Return the hand-off with this id."""
        return self._one(connection, handoffs.c.id == handoff_id)

    def live(self, connection: Connection, session_id: str) -> Handoff | None:
        """Return the session's live hand-off, if there is one."""
        return self._one(connection, handoffs.c.session_id == session_id, handoffs.c.cut_off_at.is_(None))

    def end(self, connection: Connection, handoff: Handoff) -> None:
        """Record that it was cut off."""
        connection.execute(
            update(handoffs).where(handoffs.c.id == handoff.id).values(cut_off_at=handoff.cut_off_at)
        )

    def _one(
        self, connection: Connection, *conditions: ColumnElement[bool], lock: bool = False
    ) -> Handoff | None:
        query = select(handoffs).where(*conditions)
        row = connection.execute(query.with_for_update() if lock else query).one_or_none()
        return None if row is None else _handoff(row)

    def _ticket_hash(self, ticket: str) -> str:
        return self._keyring.keyed_hash("handoff-ticket", ticket)

    def _code_hash(self, code: str) -> str:
        return self._keyring.keyed_hash("handoff-code", code)

    def _phone_hash(self, phone_token: str) -> str:
        return self._keyring.keyed_hash("phone-token", phone_token)


def _handoff(row: Row[Any]) -> Handoff:
    return Handoff(row.id, row.session_id, row.expires_at, row.claimed_at, row.cut_off_at, row.waiting)
