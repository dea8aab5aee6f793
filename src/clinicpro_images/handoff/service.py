"""Connecting a phone to a session and disconnecting it; the desktop receives an event for both."""

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clinicpro_images.audit.entry import Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.handoff.errors import OtherPatientUnsent, TicketRevoked, TicketUnknown
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import (
    CODE_CHARACTERS,
    TICKET_CHARACTERS,
    Handoff,
    cut_off,
    encode_ticket,
    may_repeat,
    new_handoff,
    parse_code,
    parse_ticket,
    redeem,
)
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore


@dataclass(frozen=True)
class NewHandoff:
    """A new hand-off, its ticket to scan and its code to type, of which only hashes are stored."""

    handoff: Handoff
    ticket: str
    code: str


@dataclass(frozen=True)
class ClaimedHandoff:
    """A connected phone's hand-off and session, and its cookie's token, of which only a hash is stored."""

    handoff: Handoff
    session: Session
    unfiled: bool
    phone_token: str


class HandoffService:
    """Hand-offs of sessions; a session has at most one live hand-off."""

    def __init__(
        self,
        *,
        database: Database,
        store: HandoffStore,
        sessions: SessionStore,
        trail: Trail,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        """`random_bytes` is the source of tickets and cookies; `trail` has the provider who started a session."""
        self._database = database
        self._store = store
        self._sessions = sessions
        self._trail = trail
        self._random_bytes = random_bytes

    async def live(self, session: Session) -> Handoff | None:
        """Return the session's live hand-off, if there is one."""
        return await self._database.read(self._store.live, session.id)

    async def start(self, session: Session) -> NewHandoff:
        """Issue a ticket; this revokes the previous one and disconnects its phone."""
        ticket = encode_ticket(self._random_bytes(TICKET_CHARACTERS))
        code = encode_ticket(self._random_bytes(CODE_CHARACTERS))
        handoff = await self._database.write(self._start, session, ticket, code)
        return NewHandoff(handoff, ticket, code)

    def _start(self, work: UnitOfWork, session: Session, ticket: str, code: str) -> Handoff:
        self._sessions.lock(work.connection, session.id)
        self._cut_off(work, session.id)
        handoff = new_handoff(uuid.uuid4().hex, session.id, work.now)
        self._store.add(work.connection, handoff, ticket, code)
        work.publish(session.id, "handoff.updated", handoff.id)
        return handoff

    async def claim(self, typed: str, nonce: str = "", unsent_for: Sequence[str] = ()) -> ClaimedHandoff:
        """Connect a phone by its ticket or its code.

        The same `nonce` gets the same answer for as long as the ticket is valid, because an answer can be lost.
        `unsent_for` has the patient tags of images that the phone still holds: OtherPatientUnsent if one of them is
        another patient's, and the ticket stays valid. Also raises TicketUnknown, TicketUsed, TicketRevoked,
        TicketExpired.
        """
        ticket, code = parse_ticket(typed), parse_code(typed)
        if ticket is None and code is None:
            raise TicketUnknown
        return await self._database.write(self._claim, ticket, code, nonce, unsent_for)

    def _claim(
        self, work: UnitOfWork, ticket: str | None, code: str | None, nonce: str, unsent_for: Sequence[str]
    ) -> ClaimedHandoff:
        found = self._store.by_ticket(work.connection, ticket, code)
        if found is None:
            raise TicketUnknown
        repeated = bool(nonce) and may_repeat(found, work.now)
        phone_token = self._store.phone_token(found.id, nonce) if nonce else self._random_bytes(32).hex()
        repeated = repeated and self._store.is_phone(work.connection, found.id, phone_token)
        handoff = found if repeated else redeem(found, work.now)
        session, unfiled = self._sessions.get_with_unfiled(work.connection, handoff.session_id)
        if not session.is_open(work.now, unfiled=unfiled):
            raise TicketRevoked
        if any(tag != self._store.patient_tag(session.patient_key) for tag in unsent_for):
            raise OtherPatientUnsent
        if not repeated:
            self._store.claim(work.connection, handoff, phone_token)
            work.publish(handoff.session_id, "handoff.updated", handoff.id)
            work.audit(Entry("phone.connected", session.actor, subject=handoff.id))
        return ClaimedHandoff(handoff, session, unfiled, phone_token)

    async def set_waiting(self, handoff_id: str, waiting: int) -> None:
        """Record how many images the phone holds that are not on the desktop yet."""
        await self._database.write(self._set_waiting, handoff_id, waiting)

    def _set_waiting(self, work: UnitOfWork, handoff_id: str, waiting: int) -> None:
        handoff = self._store.by_id(work.connection, handoff_id)
        if handoff is None or handoff.cut_off_at is not None or handoff.waiting == waiting:
            return
        self._store.set_waiting(work.connection, handoff_id, waiting)
        work.publish(handoff.session_id, "handoff.updated", handoff_id)

    async def end(self, session: Session) -> None:
        """Disconnect the phone, or revoke the waiting ticket."""
        await self._database.write(self._end, session)

    def _end(self, work: UnitOfWork, session: Session) -> None:
        self._sessions.lock(work.connection, session.id)
        self._cut_off(work, session.id)

    async def end_session(self, session: Session, now: float) -> None:
        """End the session and disconnect its phone."""
        await self._database.write(self._end_session, session, now)

    def _end_session(self, work: UnitOfWork, session: Session, now: float) -> None:
        self._sessions.lock(work.connection, session.id)
        if not self._sessions.end(work.connection, session.id, now):
            return  # from another tab or by somebody else
        work.audit(Entry("session.ended", session.actor))
        self._cut_off(work, session.id)
        # Even without a phone: the session's other windows need to know that it has ended.
        work.publish(session.id, "handoff.updated", session.id)

    async def end_sessions_of(self, facility_id: str, provider_id: str, now: float) -> int:
        """End all open sessions of a provider, and disconnect their phones; return how many."""

        def end(work: UnitOfWork) -> int:
            found = self._sessions.open_of_provider(work.connection, facility_id, provider_id, now)
            for session in found:
                self._end_session(work, session, now)
            return len(found)

        return await self._database.write(end)

    def _cut_off(self, work: UnitOfWork, session_id: str) -> None:
        live = self._store.live(work.connection, session_id)
        if live is not None:
            self._store.end(work.connection, cut_off(live, work.now))
            if live.claimed_at is not None:
                actor = self._trail.actor_of(work.connection, session_id)
                work.audit(Entry("phone.disconnected", actor, subject=live.id))
            work.publish(session_id, "handoff.updated", live.id)
