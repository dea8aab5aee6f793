"""Reads the practice's figures at most once in a few seconds, and each day that is over once."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from sqlalchemy import Connection

from clinicpro_images.audit.entry import Action, Actor, Entry
from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import NotFound
from clinicpro_images.handoff.service import HandoffService
from clinicpro_images.practice.figures import DAYS, Day, PracticeFigures
from clinicpro_images.practice.store import DayReading, PracticeStore
from clinicpro_images.practice_time import today
from clinicpro_images.sessions.session import Session
from clinicpro_images.sessions.store import SessionStore

FRESH_SECONDS = 3.0
_MOST_KEPT = 2000
_MOST_READ = 100
_GONE = "This session has ended already, or isn't a session of this practice. Reload the page."


class PracticeService:
    """The figures of practices, and ending their sessions and phones."""

    def __init__(
        self,
        *,
        database: Database,
        store: PracticeStore,
        sessions: SessionStore,
        handoffs: HandoffService,
        clock: Callable[[], float],
        timer: Callable[[], float],
    ) -> None:
        """`clock` is seconds since 1970, `timer` monotonic seconds."""
        self._database = database
        self._store = store
        self._sessions = sessions
        self._handoffs = handoffs
        self._clock = clock
        self._timer = timer
        self._figures: dict[str | None, tuple[float, PracticeFigures]] = {}
        self._days: dict[tuple[str | None, date], Day] = {}
        self._readings: dict[tuple[str | None, date], DayReading] = {}
        self._reading = asyncio.Lock()

    async def figures(self, facility_id: str | None) -> PracticeFigures:
        """Return the figures, at most FRESH_SECONDS old; every page that is open shares one reading."""
        async with self._reading:
            known = self._figures.get(facility_id)
            if known is not None and self._timer() - known[0] < FRESH_SECONDS:
                return known[1]
            began = self._timer()
            read = await self._database.read(self._read, facility_id, self._clock())
            self._figures[facility_id] = (began, read)
            return read

    def _read(self, connection: Connection, facility_id: str | None, now: float) -> PracticeFigures:
        last = today(now)
        shown = [last - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]
        if len(self._days) > _MOST_KEPT:
            self._days.clear()
        days = []
        for each in shown:
            day = self._days.get((facility_id, each)) or self._store.day(
                connection, facility_id, self._reading_of(facility_id, each), now
            )
            # A commit in progress at midnight may still be stored with yesterday's time.
            if each < last - timedelta(days=1):
                self._days[facility_id, each] = day
            days.append(day)
        unfiled = self._store.unfiled(connection, facility_id)
        return PracticeFigures(
            now=now,
            facility_id=facility_id,
            practice="All practices"
            if facility_id is None
            else self._store.practice_name(connection, facility_id),
            facilities=self._store.facilities(connection),
            unfiled=unfiled,
            sessions=self._store.open_sessions(connection, facility_id, now, unfiled),
            days=days,
        )

    def _reading_of(self, facility_id: str | None, day: date) -> DayReading:
        """Return what is known of a day; of the last two days, which may still change, that is kept."""
        key = (facility_id, day)
        if key not in self._readings:
            kept = {
                other: each for other, each in self._readings.items() if other[1] >= day - timedelta(days=1)
            }
            self._readings = kept if len(kept) < _MOST_READ else {}
            self._readings[key] = DayReading(day)
        return self._readings[key]

    async def end_session(self, session_id: str, facility_id: str | None, *, account: str) -> None:
        """End a session and disconnect its phone; raises NotFound unless it is open and of this practice."""
        session = await self._open_session(session_id, facility_id)
        await self.record("practice.session-ended", session.facility.id, account=account, subject=session_id)
        await self._handoffs.end_session(session, self._clock())
        self._figures.clear()

    async def end_phone(self, session_id: str, facility_id: str | None, *, account: str) -> None:
        """Disconnect the session's phone, or revoke its waiting code; raises NotFound as `end_session`."""
        session = await self._open_session(session_id, facility_id)
        await self.record("practice.phone-ended", session.facility.id, account=account, subject=session_id)
        await self._handoffs.end(session)
        self._figures.clear()

    async def record(
        self,
        action: Action,
        facility_id: str | None,
        *,
        account: str,
        subject: str = "",
        about: Mapping[str, str] = {},
    ) -> None:
        """Record in the audit trail what someone does on the page; `account` is empty for an operator's token."""
        more = {"account": account} if account else {}
        entry = Entry(action, Actor(facility_id=facility_id or ""), subject=subject, about={**about, **more})
        await self._database.write(UnitOfWork.audit, entry)

    async def _open_session(self, session_id: str, facility_id: str | None) -> Session:
        session = await self._database.read(self._sessions.find, session_id)
        if session is None or session.ended_at is not None or facility_id not in {None, session.facility.id}:
            raise NotFound(_GONE)
        return session
