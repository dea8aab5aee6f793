"""Who is calling: the session cookie, and the guard against a window left over from another patient."""

from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie

from fastapi import Request

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.sessions.errors import NoSession, PhoneRefused, SessionChanged
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

SESSION_HEADER = "x-clinicpro-session"
PHONE_HEADER = "x-clinicpro-phone"
BACKGROUND_HEADER = "x-clinicpro-background"
_COOKIE = "clinicpro_session"
_ACTIVE_EVERY_SECONDS = 30.0


class SessionCookie:
    """The cookie's name and attributes, which depend on how the product is reached."""

    def __init__(self, *, secure: bool, framed: bool) -> None:
        """`secure`: the public URL is https. `framed`: another origin may embed the widget."""
        self._secure = secure
        self._framed = framed and secure
        self.name = f"__Host-{_COOKIE}" if secure else _COOKIE

    def set(self, token: str) -> str:
        """Return the Set-Cookie value that starts a session; it lasts as long as the browser."""
        return self._build(token)

    def clear(self) -> str:
        """Return the Set-Cookie value that forgets it."""
        return self._build("") + "; Max-Age=0"

    def read(self, request: Request) -> str | None:
        """Return the token that the browser sent."""
        return request.cookies.get(self.name) or None

    def _build(self, token: str) -> str:
        jar = SimpleCookie({self.name: token})
        morsel = jar[self.name]
        morsel["path"] = "/"
        morsel["httponly"] = True
        morsel["secure"] = self._secure
        morsel["samesite"] = "None" if self._framed else "Lax"
        # http.cookies knows "Partitioned" only from Python 3.14 on.
        return morsel.OutputString() + ("; Partitioned" if self._framed else "")


class SessionAccess:
    """Finds the session of a request. Its methods are FastAPI dependencies."""

    def __init__(
        self,
        database: Database,
        store: SessionStore,
        cookie: SessionCookie,
        clock: Callable[[], float],
        *,
        sign_in: bool = False,
    ) -> None:
        """`clock` gives seconds since 1970. `sign_in`: sessions can also be had outside Evolution."""
        self._database = database
        self._store = store
        self._sign_in = sign_in
        self.cookie = cookie
        self.clock = clock

    async def desktop(self, request: Request) -> Session:
        """Return the caller's open session and remember that it is used; raises NoSession, SessionChanged, PhoneRefused.

        What a page asks by itself, with nobody at it, says so in a header and keeps no session open.
        """
        session = await self.listener(request)
        if request.headers.get(BACKGROUND_HEADER):
            return session
        return await self.set_active(session)

    async def listener(self, request: Request) -> Session:
        """As `desktop`, without counting as activity: for what pages do by themselves."""
        return (await self.found(request))[0]

    async def found(self, request: Request) -> tuple[Session, bool]:
        """As `listener`, and whether the session holds unfiled pictures."""
        # Also where desktop and phone page share one browser: what a phone may not do, its page may not do.
        if request.headers.get(PHONE_HEADER) or request.query_params.get("phone"):
            raise PhoneRefused
        token = self.cookie.read(request)
        found = await self._database.read(self._store.by_token, token) if token else None
        if found is None:
            raise NoSession(sign_in=self._sign_in)
        session, unfiled = found
        if not session.is_open(self.clock(), unfiled=unfiled):
            raise NoSession(sign_in=self._sign_in)
        # The cookie belongs to the browser, a page to one patient: a page says which session it shows,
        # so that a window left open for one patient can't add or file anything for the next.
        claimed = request.headers.get(SESSION_HEADER) or request.query_params.get("session")
        if claimed and claimed != session.id:
            raise SessionChanged
        return session, unfiled

    async def set_active(self, session: Session) -> Session:
        """Remember that the session is in use, at most every half minute; return it as it is then."""
        now = self.clock()
        if now - session.active_at < _ACTIVE_EVERY_SECONDS:
            return session

        def store(work: UnitOfWork) -> None:
            self._store.set_active(work.connection, session.id, now)

        await self._database.write(store)
        return replace(session, active_at=now)
