"""Writes that tell: events are stored in the transaction of what they report, then listeners wake."""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import structlog
from sqlalchemy import Integer, bindparam, func, insert, select, text

from clinicpro_images.audit.entry import Actor, Entry
from clinicpro_images.audit.trail import Trail
from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import events, images
from clinicpro_images.events.event import Event, EventName

if TYPE_CHECKING:
    from clinicpro_images.events.pg_notify import PgNotifier

log = structlog.get_logger()

# Held from numbering a session's events until they are committed; see Write.store_events.
_EVENTS_LOCK = 726_211_040
_LOCK = text("SELECT pg_advisory_xact_lock(:events, :session)")
# Lock and rows in one round trip: rows are numbered when they come out of the locked part, not before.
_LOCK_AND_STORE = text(
    "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(:events, :session)) "
    "INSERT INTO events (session_id, name, subject_id, handoff_id, at) "
    "SELECT :session_id, told.name, told.subject_id, told.handoff_id, :at FROM held, "
    "unnest(CAST(:names AS text[]), CAST(:subjects AS text[]), CAST(:handoffs AS text[])) "
    "WITH ORDINALITY AS told (name, subject_id, handoff_id, place) ORDER BY told.place"
)

# Made once: to put a statement together takes longer than to carry it out.
_AFTER = (
    select(events)
    .where(events.c.session_id == bindparam("of_session"), events.c.id > bindparam("last_id"))
    .order_by(events.c.id)
    .limit(bindparam("most", type_=Integer))
)
_AFTER_OF_PHONE = _AFTER.outerjoin(images, images.c.id == events.c.subject_id).where(
    (images.c.handoff_id == bindparam("of_phone"))
    | (events.c.handoff_id == bindparam("of_phone"))
    | (events.c.subject_id == bindparam("of_phone"))
)
_ADD = insert(events)


class Write:
    """An open transaction that also collects what to tell and to record, and whom to wake."""

    def __init__(self, connection: AsyncConnection, now: float, trail: Trail | None = None) -> None:
        """`now` is seconds since 1970, the same for everything in this transaction."""
        self.connection = connection
        self.now = now
        self.woken: set[str] = set()
        self._told: list[dict[str, object]] = []
        self._trail = trail
        self._recorded: list[Entry] = []

    def record(self, entry: Entry) -> None:
        """Note what belongs into the audit trail; it is stored with the transaction, or neither is."""
        self._recorded.append(entry)

    async def actor_of(self, session_id: str) -> Actor:
        """Return who started a session, for what is done without a caller."""
        if self._trail is None:
            return Actor(session_id=session_id)
        return await self._trail.actor_of(self.connection, session_id)

    async def audit_end(self) -> str:
        """Return where the audit trail ends, to be noted elsewhere; empty without a trail."""
        return "" if self._trail is None else await self._trail.end(self.connection)

    async def store_records(self) -> None:
        """Store what was recorded. Its lock comes before that of the events, in every transaction."""
        if self._trail is not None:
            await self._trail.append(self.connection, self._recorded, self.now)

    async def tell(
        self, session_id: str, name: EventName, subject_id: str, *, handoff_id: str | None = None
    ) -> None:
        """Note an event; it is stored with the transaction, and listeners hear of it after that.

        `handoff_id` is the phone of a picture that is removed: its row can't be asked any more. What is told twice in
        a transaction is one event.
        """
        event: dict[str, object] = {
            "session_id": session_id,
            "name": name,
            "subject_id": subject_id,
            "handoff_id": handoff_id,
            "at": self.now,
        }
        if event not in self._told:
            self._told.append(event)
            self.woken.add(session_id)

    async def store_events(self) -> None:
        """Store what was told, as the transaction's last act.

        PostgreSQL numbers rows when they are inserted, not when they are committed. A listener that has seen 6
        never asks for 5 again, so whoever numbers a session's events keeps others from doing so until it has
        committed. Sessions don't wait for each other: their order among themselves means nothing.
        Taken last and in one order, the locks are held briefly and no other is waited for under them, so they can't
        deadlock.
        """
        if not self._told:
            return
        if self.connection.dialect.name == "postgresql":
            keys = sorted({_lock_key(session_id) for session_id in self.woken})
            if len(self.woken) == 1:
                await self.connection.execute(_LOCK_AND_STORE, self._of_one_session(keys[0]))
                return
            for key in keys:
                await self.connection.execute(_LOCK, {"events": _EVENTS_LOCK, "session": key})
        await self.connection.execute(_ADD, self._told)

    def _of_one_session(self, key: int) -> dict[str, object]:
        return {
            "events": _EVENTS_LOCK,
            "session": key,
            "session_id": self._told[0]["session_id"],
            "at": self.now,
            "names": [each["name"] for each in self._told],
            "subjects": [each["subject_id"] for each in self._told],
            "handoffs": [each["handoff_id"] for each in self._told],
        }


def _lock_key(session_id: str) -> int:
    """Two sessions with the same key wait for each other now and then, and nothing worse."""
    return zlib.crc32(session_id.encode()) - 2**31


class Listener(asyncio.Event):
    """Set when there is something new to read; whoever heard of it is not woken for that again."""

    heard = 0


class Journal:
    """Opens writing transactions and lets listeners wait for what they wrote."""

    def __init__(self, database: Database, clock: Callable[[], float], trail: Trail | None = None) -> None:
        """`clock` gives seconds since 1970. A gateway always has a trail; what is tried without one records nothing."""
        self._database = database
        self._trail = trail
        self._clock = clock
        self._waiting: dict[str, set[Listener]] = {}
        self._seen = 0
        self.ending = False
        self._telegraph = None if database.is_sqlite else _telegraph(database, self._wake)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Write]:
        """Open a transaction; leaving it commits and wakes the sessions it told something."""
        async with self._database.write() as connection:
            transaction = Write(connection, self._clock(), self._trail)
            yield transaction
            await transaction.store_records()
            await transaction.store_events()
        for session_id in transaction.woken:
            self._wake(session_id)
        if self._telegraph is not None:
            # After the transaction: PostgreSQL lets transactions that notify commit one at a time only.
            self._telegraph.tell(transaction.woken)

    def end_streams(self) -> None:
        """Let whoever listens here go and listen to another gateway: this one stops."""
        self.ending = True
        for session_id in list(self._waiting):
            self._wake(session_id)

    def _wake(self, session_id: str, event_id: int | None = None) -> None:
        for listener in self._waiting.get(session_id, ()):
            if event_id is None or event_id > listener.heard:
                listener.heard = max(listener.heard, event_id or 0)
                listener.set()

    @asynccontextmanager
    async def listening(self, session_id: str, heard: int = 0) -> AsyncIterator[Listener]:
        """Give an event that is set whenever this session has something new to read, after number `heard`."""
        listener = Listener()
        listener.heard = heard
        self._waiting.setdefault(session_id, set()).add(listener)
        try:
            yield listener
        finally:
            self._waiting[session_id].discard(listener)
            if not self._waiting[session_id]:
                del self._waiting[session_id]

    async def after(
        self, session_id: str, last_id: int, limit: int = 200, *, handoff_id: str | None = None
    ) -> list[Event]:
        """Read what this session has not heard yet, oldest first; a phone hears of its own pictures and itself."""
        asked: dict[str, object] = {"of_session": session_id, "last_id": last_id, "most": limit}
        query = _AFTER
        if handoff_id is not None:
            query, asked = _AFTER_OF_PHONE, asked | {"of_phone": handoff_id}
        async with self._database.read() as connection:
            rows = (await connection.execute(query, asked)).all()
        return [Event(row.id, row.session_id, cast("EventName", row.name), row.subject_id) for row in rows]

    async def last_id(self, session_id: str | None = None) -> int:
        """Return the number of the newest event of a session, or of all.

        Only within a session does it mean that everything before it can be read: see Write.store_events.
        """
        query = select(func.max(events.c.id))
        if session_id is not None:
            query = query.where(events.c.session_id == session_id)
        async with self._database.read() as connection:
            return (await connection.scalar(query)) or 0

    async def watch_other_processes(self, every: float = 0.5, *, seldom: float = 5.0) -> None:
        """Wake listeners for events that another process wrote.

        Where notices from other processes arrive (PostgreSQL), they wake at once, and one small query per `seldom`
        seconds bridges what a lost connection swallows. Elsewhere that query comes every `every` seconds.
        """
        wires = (
            [] if self._telegraph is None else [self._telegraph.receive_loop(), self._telegraph.send_loop()]
        )
        running = [asyncio.create_task(wire, name="telegraph") for wire in wires]
        try:
            await self._watch(every, seldom)
        finally:
            for wire in running:
                wire.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _watch(self, every: float, seldom: float) -> None:
        started, looked = False, 0.0
        loop = asyncio.get_running_loop()
        while True:
            due = (
                loop.time() >= looked + seldom
                or self._telegraph is None
                or not self._telegraph.proven.is_set()
            )
            try:
                if not started:
                    self._seen, started = await self.last_id(), True
                elif self._waiting and due:
                    await self._look_for_others()
                    looked = loop.time()
            except Exception:
                log.exception("events.unreadable", message="Events could not be read; trying again.")
            await asyncio.sleep(every)

    async def _look_for_others(self) -> None:
        query = select(func.max(events.c.id).label("last"), events.c.session_id).group_by(events.c.session_id)
        if self._telegraph is None:
            # SQLite has one writer, so its numbers come in the order in which they can be read.
            query = query.where(events.c.id > self._seen)
        else:
            query = query.where(events.c.session_id.in_(list(self._waiting)))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            self._seen = max(self._seen, row.last)
            self._wake(row.session_id, row.last)


def _telegraph(database: Database, wake: Callable[[str], None]) -> "PgNotifier":
    # PostgreSQL's driver takes 9 MB, which a gateway on SQLite has no use for.
    from clinicpro_images.events.pg_notify import PgNotifier  # noqa: PLC0415

    return PgNotifier(database.engine.url, wake)


async def woken(listener: asyncio.Event, seconds: float) -> bool:
    """Wait for the listener, `seconds` at most; say whether it was set, and clear it."""
    # Not wait_for: before Python 3.12 it swallows a cancellation that meets the wake.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await listener.wait()
    was_set = listener.is_set()
    listener.clear()
    return was_set
