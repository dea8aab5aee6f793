"""A provider's own open sessions, with their phones: listed, and ended one by one."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import handoffs
from clinicpro_images.errors import NotFound
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

_GONE = "This session has ended already, or isn't one of yours. Reload the page."


@dataclass(frozen=True)
class OwnSession:
    """One of them; `current` is the one that asks, `expires_at` in seconds since 1970."""

    session: Session
    current: bool
    unfiled: bool
    phone: bool
    expires_at: float


class OwnSessions:
    """The open sessions of a session's provider in its practice."""

    def __init__(self, *, database: Database, store: SessionStore, clock: Callable[[], float]) -> None:
        """`clock` is seconds since 1970."""
        self._database = database
        self._store = store
        self._clock = clock

    async def open_ones(self, session: Session) -> list[OwnSession]:
        """Return this session and the others, the newest first."""
        return await self._database.read(self._list, session, self._clock())

    async def find(self, session: Session, session_id: str) -> Session:
        """Return one of them; raises NotFound."""
        for each in await self.open_ones(session):
            if each.session.id == session_id:
                return each.session
        raise NotFound(_GONE)

    def _list(self, connection: Connection, session: Session, now: float) -> list[OwnSession]:
        found = []
        for each in (session, *self._store.others_of_provider(connection, session)):
            unfiled = self._store.has_unfiled(connection, each.id)
            if each.is_open(now, unfiled=unfiled):
                ends = each.expires_at(unfiled=unfiled)
                phone = _has_phone(connection, each.id)
                found.append(OwnSession(each, each.id == session.id, unfiled, phone, ends))
        return sorted(found, key=lambda each: each.session.started_at, reverse=True)


def _has_phone(connection: Connection, session_id: str) -> bool:
    live = (
        (handoffs.c.session_id == session_id)
        & handoffs.c.cut_off_at.is_(None)
        & handoffs.c.claimed_at.is_not(None)
    )
    return connection.scalar(select(handoffs.c.id).where(live).limit(1)) is not None
