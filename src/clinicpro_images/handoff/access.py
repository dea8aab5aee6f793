"""Which calls a phone may make: it says which hand-off its page shows, and its cookie must be of that one."""

from collections.abc import Callable
from http.cookies import SimpleCookie

from fastapi import Request

from clinicpro_images.db.database import Database
from clinicpro_images.handoff.errors import PhoneCutOff
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import Handoff
from clinicpro_images.sessions.access import PHONE_HEADER, SessionAccess
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.store import SessionStore

COOKIE_SECONDS = 12 * 3600
_COOKIE = "clinicpro_phone"


class PhoneCookie:
    """The cookie of a phone. A phone is never framed, so it needs no third-party rules."""

    def __init__(self, *, secure: bool) -> None:
        """`secure`: the public URL is https."""
        self._secure = secure
        self.name = f"__Host-{_COOKIE}" if secure else _COOKIE

    def set(self, token: str) -> str:
        """Return the Set-Cookie value; it outlives a tab that the phone killed, the server decides how long it counts."""
        jar = SimpleCookie({self.name: token})
        morsel = jar[self.name]
        morsel["path"] = "/"
        morsel["httponly"] = True
        morsel["secure"] = self._secure
        morsel["samesite"] = "Lax"
        morsel["max-age"] = COOKIE_SECONDS
        return morsel.OutputString()

    def read(self, request: Request) -> str | None:
        """Return the token that the browser sent."""
        return request.cookies.get(self.name) or None


class Callers:
    """Finds out whether desktop or phone is calling. Its methods are FastAPI dependencies."""

    def __init__(
        self,
        *,
        database: Database,
        desktop: SessionAccess,
        phones: HandoffStore,
        cookie: PhoneCookie,
        sessions: SessionStore,
        clock: Callable[[], float],
    ) -> None:
        """`clock` gives seconds since 1970."""
        self._database = database
        self._desktop = desktop
        self._phones = phones
        self.cookie = cookie
        self._sessions = sessions
        self._clock = clock

    async def either(self, request: Request) -> Caller:
        """Return the caller, whose session is in use; raises NoSession, SessionChanged, PhoneCutOff."""
        if self._is_phone(request):
            return await self.phone(request)
        return Caller(await self._desktop.desktop(request))

    async def listener(self, request: Request) -> Caller:
        """As `either`, for what pages do by themselves: an open desktop page is no activity, an open phone is."""
        if self._is_phone(request):
            return await self.phone(request)
        session, unfiled = await self._desktop.found(request)
        return Caller(session, unfiled=unfiled)

    async def phone(self, request: Request) -> Caller:
        """Return the phone that is calling; raises PhoneCutOff."""
        token = self.cookie.read(request)
        handoff = await self._database.read(self._phones.by_phone, token) if token else None
        if handoff is None or handoff.cut_off_at is not None or not _shown(request, handoff):
            raise PhoneCutOff
        session, unfiled = await self._database.read(self._sessions.get_with_unfiled, handoff.session_id)
        now = self._clock()
        if not session.is_open(now, unfiled=unfiled):
            raise PhoneCutOff
        return Caller(await self._desktop.set_active(session), handoff.id, unfiled=unfiled)

    def _is_phone(self, request: Request) -> bool:
        if _named(request) is not None:
            return True
        return self._desktop.cookie.read(request) is None and self.cookie.read(request) is not None


def _named(request: Request) -> str | None:
    return request.headers.get(PHONE_HEADER) or request.query_params.get("phone")


def _shown(request: Request, handoff: Handoff) -> bool:
    # The cookie belongs to the browser, a page to one patient: a page left over from an earlier scan must not
    # add its pictures to the session that the phone was handed since.
    named = _named(request)
    return named is None or named == handoff.id
