"""A provider's own open sessions, with their phones: listed, and ended one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.errors import NotFound
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

_MOST: Final = 50
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
        """Return this session and the others, the newest first: fifty at most."""
        return await self._database.read(self._list, session)

    async def find(self, session: Session, session_id: str) -> Session:
        """Return one of them, however old; raises NotFound."""
        found = await self._database.read(self._list, session, session_id)
        if not found:
            raise NotFound(_GONE)
        return found[0].session

    def _list(self, connection: Connection, session: Session, only: str | None = None) -> list[OwnSession]:
        now = self._clock()
        found = []
        for each, unfiled, phone in self._store.own(connection, session, now, most=_MOST, only=only):
            if each.is_open(now, unfiled=unfiled):
                ends = each.expires_at(unfiled=unfiled)
                found.append(OwnSession(each, each.id == session.id, unfiled, phone, ends))
        return sorted(found, key=lambda each: each.session.started_at, reverse=True)
