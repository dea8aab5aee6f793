"""Handing a session to a phone, taking it back, and telling the desktop of both."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from clinicpro_images.audit.entry import Entry
from clinicpro_images.events.journal import Journal, Write
from clinicpro_images.handoff.errors import TicketRevoked, TicketUnknown
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import (
    TICKET_LETTERS,
    Handoff,
    cut_off,
    mint,
    read_ticket,
    redeem,
    write_ticket,
)
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore


@dataclass(frozen=True)
class Minted:
    """A new hand-off and its ticket, which exists nowhere else."""

    handoff: Handoff
    ticket: str


@dataclass(frozen=True)
class Claimed:
    """A phone that was let in, and its cookie's token, which exists nowhere else."""

    handoff: Handoff
    session: Session
    unfiled: bool
    phone_token: str


class Handoffs:
    """Hand-offs of sessions: at most one of a session is alive."""

    def __init__(
        self,
        *,
        journal: Journal,
        store: HandoffStore,
        sessions: SessionStore,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`random_bytes` makes tickets and cookies."""
        self._journal = journal
        self._store = store
        self._sessions = sessions
        self._random_bytes = random_bytes

    async def start(self, session: Session) -> Minted:
        """Make a ticket; the former one is worth nothing from then on, and its phone is cut off."""
        ticket = write_ticket(self._random_bytes(TICKET_LETTERS))
        async with self._journal.write() as transaction:
            await self._store.hold(transaction.connection, session.id)
            await self._cut_off(transaction, session.id)
            handoff = mint(uuid.uuid4().hex, session.id, transaction.now)
            await self._store.add(transaction.connection, handoff, ticket)
            await transaction.tell(session.id, "handoff.updated", handoff.id)
        return Minted(handoff, ticket)

    async def claim(self, typed: str) -> Claimed:
        """Let a phone in; raises TicketUnknown, TicketUsed, TicketRevoked, TicketExpired."""
        ticket = read_ticket(typed)
        if ticket is None:
            raise TicketUnknown
        phone_token = self._random_bytes(32).hex()
        async with self._journal.write() as transaction:
            found = await self._store.by_ticket(transaction.connection, ticket)
            if found is None:
                raise TicketUnknown
            handoff = redeem(found, transaction.now)
            await self._store.claim(transaction.connection, handoff, phone_token)
            await transaction.tell(handoff.session_id, "handoff.updated", handoff.id)
            session, unfiled = await self._sessions.found(handoff.session_id, transaction.connection)
            if not session.is_open(transaction.now, unfiled=unfiled):
                raise TicketRevoked
            transaction.record(Entry("phone.connected", session.actor, subject=handoff.id))
        return Claimed(handoff, session, unfiled, phone_token)

    async def end(self, session: Session) -> None:
        """Cut the phone off, or make the waiting ticket worthless; whoever listens looks again at once."""
        async with self._journal.write() as transaction:
            await self._store.hold(transaction.connection, session.id)
            await self._cut_off(transaction, session.id)

    async def end_session(self, session: Session, now: float) -> None:
        """End the session itself and everything that hangs on it."""
        async with self._journal.write() as transaction:
            await self._store.hold(transaction.connection, session.id)
            await self._sessions.end(transaction.connection, session, now)
            transaction.record(Entry("session.ended", session.actor))
            await self._cut_off(transaction, session.id)
            # Also without a phone: other windows of this session learn that it is over.
            await transaction.tell(session.id, "handoff.updated", session.id)

    async def _cut_off(self, transaction: Write, session_id: str) -> None:
        live = await self._store.live_in(transaction.connection, session_id)
        if live is not None:
            await self._store.end(transaction.connection, cut_off(live, transaction.now))
            if live.claimed_at is not None:
                actor = await transaction.actor_of(session_id)
                transaction.record(Entry("phone.disconnected", actor, subject=live.id))
            await transaction.tell(session_id, "handoff.updated", live.id)
