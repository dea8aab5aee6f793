"""Who is calling, desktop or phone. A phone's page names its hand-off, and the cookie must belong to the same one."""

from collections.abc import Callable

from fastapi import Request
from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.handoff.errors import PhoneCutOff
from clinicpro_images.handoff.store import HandoffStore
from clinicpro_images.handoff.ticket import Handoff
from clinicpro_images.sessions.access import BACKGROUND_HEADER, PHONE_HEADER, SessionAccess
from clinicpro_images.sessions.caller import Caller
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore
from clinicpro_images.web.cookies import Cookie

COOKIE_SECONDS = 12 * 3600
"""How long a phone keeps the cookie, so that it survives a closed tab. The server decides how long it is valid."""


def phone_cookie(*, secure: bool) -> Cookie:
    """Return the cookie that holds a phone's token. A phone's page is never framed."""
    return Cookie("clinicpro_phone", secure=secure, max_age=COOKIE_SECONDS)


class Callers:
    """Finds the caller of a request. Its methods are FastAPI dependencies."""

    def __init__(
        self,
        *,
        database: Database,
        desktop: SessionAccess,
        phones: HandoffStore,
        cookie: Cookie,
        sessions: SessionStore,
        clock: Callable[[], float],
    ) -> None:
        """`clock` is seconds since 1970."""
        self._database = database
        self._desktop = desktop
        self._phones = phones
        self.cookie = cookie
        self._sessions = sessions
        self._clock = clock

    async def either(self, request: Request) -> Caller:
        """Return the caller, and count the request as activity; raises NoSession, SessionChanged, PhoneCutOff."""
        if self.is_phone(request):
            return await self.phone(request)
        return Caller(await self._desktop.desktop(request))

    async def passive(self, request: Request) -> Caller:
        """As `either`, for requests that pages make automatically, which don't count as activity."""
        if self.is_phone(request):
            return (await self._phone(request))[0]
        session, unfiled = await self._desktop.passive_with_unfiled(request)
        return Caller(session, unfiled=unfiled)

    async def phone(self, request: Request) -> Caller:
        """Return the phone that is calling, and count the request as activity; raises PhoneCutOff."""
        caller, handoff = await self._phone(request)
        if request.headers.get(BACKGROUND_HEADER):
            return caller
        return Caller(await self._desktop.set_active(caller.session), handoff.id, unfiled=caller.unfiled)

    async def _phone(self, request: Request) -> tuple[Caller, Handoff]:
        token = self.cookie.read(request)
        found = await self._database.read(self._read, token) if token else None
        if found is None:
            raise PhoneCutOff
        handoff, session, unfiled = found
        if handoff.cut_off_at is not None or not _is_shown(request, handoff):
            raise PhoneCutOff
        if not session.is_open(self._clock(), unfiled=unfiled):
            raise PhoneCutOff
        return Caller(session, handoff.id, unfiled=unfiled), handoff

    def _read(self, connection: Connection, token: str) -> tuple[Handoff, Session, bool] | None:
        handoff = self._phones.by_phone(connection, token)
        if handoff is None:
            return None
        return handoff, *self._sessions.get_with_unfiled(connection, handoff.session_id)

    def is_phone(self, request: Request) -> bool:
        """Whether the phone's cookie decides who is calling, and not the desktop's."""
        if _shown_handoff_id(request) is not None:
            return True
        return self._desktop.cookie.read(request) is None and self.cookie.read(request) is not None


def _shown_handoff_id(request: Request) -> str | None:
    return request.headers.get(PHONE_HEADER) or request.query_params.get("phone") or None


def _is_shown(request: Request, handoff: Handoff) -> bool:
    # The cookie belongs to the browser, a page to one patient: a page still open from an earlier scan must not add
    # its images to the session of a later scan.
    shown = _shown_handoff_id(request)
    return shown is None or shown == handoff.id
