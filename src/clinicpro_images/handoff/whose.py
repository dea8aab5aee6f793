"""Which session a request's cookie belongs to, whether or not it still opens anything: its share is that session's."""

import hashlib
from collections import OrderedDict
from typing import Final

from fastapi import Request
from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.handoff.access import Callers
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.cookies import Cookie

_MOST_KNOWN: Final = 10_000


class CookieSessions:
    """Finds the session of a desktop's or a phone's cookie, and remembers it: a cookie never changes its session."""

    def __init__(
        self,
        *,
        database: Database,
        callers: Callers,
        desktop: Cookie,
        sessions: SessionStore,
        phones: HandoffStore,
    ) -> None:
        """`callers` says which of two cookies counts, as it does for the routes; `desktop` is a session's cookie."""
        self._database = database
        self._callers = callers
        self._desktop = desktop
        self._sessions = sessions
        self._phones = phones
        self._known: OrderedDict[str, str] = OrderedDict()

    async def session_of(self, request: Request) -> str | None:
        """Return the id of the session, also of one that has ended; empty for a cookie of none, None without a cookie."""
        is_phone = self._callers.is_phone(request)
        token = (self._callers.cookie if is_phone else self._desktop).read(request)
        if token is None:
            return None
        # Hashed, because a cookie is a key to images and is stored nowhere.
        key = hashlib.sha256(f"{is_phone} {token}".encode()).hexdigest()
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        try:
            found = await self._database.read(self._find, token, is_phone)
        except Exception:  # noqa: BLE001 - the route meets the same, and says what is wrong
            return ""
        if found is not None:
            self._known[key] = found
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return found or ""

    def _find(self, connection: Connection, token: str, is_phone: bool) -> str | None:
        store = self._phones if is_phone else self._sessions
        return store.session_id(connection, token)
