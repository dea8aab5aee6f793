"""Which session a request belongs to: its cookie decides, and a window left open for another patient is refused."""

from collections.abc import Callable
from dataclasses import replace

from fastapi import Request

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.errors import NoSession, PhoneRefused, SessionChanged
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.cookies import Cookie

SESSION_HEADER = "x-clinicpro-session"
PHONE_HEADER = "x-clinicpro-phone"
BACKGROUND_HEADER = "x-clinicpro-background"
_ACTIVE_EVERY_SECONDS = 30.0


def session_cookie(*, secure: bool, framed: bool) -> Cookie:
    """Return the cookie that holds a session's token. `framed`: another origin may embed the widget."""
    return Cookie("clinicpro_session", secure=secure, framed=framed)


class SessionAccess:
    """Finds the session of a request. `desktop` and `passive` are FastAPI dependencies."""

    def __init__(
        self,
        database: Database,
        store: SessionStore,
        cookie: Cookie,
        clock: Callable[[], float],
        *,
        sign_in: bool = False,
    ) -> None:
        """`clock` is seconds since 1970. `sign_in`: sessions can also be started outside Evolution."""
        self._database = database
        self._store = store
        self._sign_in = sign_in
        self.cookie = cookie
        self.clock = clock

    async def desktop(self, request: Request) -> Session:
        """Return the caller's open session, and count the request as activity; raises NoSession, SessionChanged, PhoneRefused.

        A page marks automatic requests with a header; those don't extend the session.
        """
        session = await self.passive(request)
        if request.headers.get(BACKGROUND_HEADER):
            return session
        return await self.set_active(session)

    async def passive(self, request: Request) -> Session:
        """As `desktop`, but does not count as activity: for requests that pages make automatically."""
        return (await self.passive_with_unfiled(request))[0]

    async def passive_with_unfiled(self, request: Request) -> tuple[Session, bool]:
        """As `passive`, and whether the session has unfiled images."""
        # A phone's page is refused even if its browser also has a desktop's cookie.
        if request.headers.get(PHONE_HEADER) or request.query_params.get("phone"):
            raise PhoneRefused
        token = self.cookie.read(request)
        found = await self._database.read(self._store.by_token, token) if token else None
        if found is None:
            raise NoSession(sign_in=self._sign_in)
        session, unfiled = found
        if not session.is_open(self.clock(), unfiled=unfiled):
            raise NoSession(sign_in=self._sign_in)
        # The cookie belongs to the browser, a page to one patient: each page names the session it shows, so that a
        # window left open for one patient can't add or file anything for the next.
        claimed = request.headers.get(SESSION_HEADER) or request.query_params.get("session")
        if claimed and claimed != session.id:
            raise SessionChanged
        return session, unfiled

    async def set_active(self, session: Session) -> Session:
        """Record that the session is in use, at most every 30 s; return the updated session."""
        now = self.clock()
        if now - session.active_at < _ACTIVE_EVERY_SECONDS:
            return session

        def store(work: UnitOfWork) -> None:
            self._store.set_active(work.connection, session.id, now)

        await self._database.write(store)
        return replace(session, active_at=now)
