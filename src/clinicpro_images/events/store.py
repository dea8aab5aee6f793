"""The events table: all its SQL."""

import zlib
from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Connection, func, insert, select, text

from clinicpro_images.db.tables import events, images
from clinicpro_images.db.unit_of_work import NewEvent
from clinicpro_images.events.event import Event, EventName

# The class of the advisory locks under which a session's events are numbered; see store_events.
_LOCK_CLASS = 726_211_040
_LOCK = text("SELECT pg_advisory_xact_lock(:class, :session)")
# Lock and insert in one round trip: rows are numbered when they come out of the locked part, not before.
_LOCK_AND_INSERT = text(
    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(:class, :session)) "
    "INSERT INTO events (session_id, name, subject_id, handoff_id, at) "
    "SELECT :session_id, new.name, new.subject_id, new.handoff_id, :at FROM locked, "
    "unnest(CAST(:names AS text[]), CAST(:subjects AS text[]), CAST(:handoffs AS text[])) "
    "WITH ORDINALITY AS new (name, subject_id, handoff_id, place) ORDER BY new.place"
)


def store_events(connection: Connection, new: Sequence[NewEvent], now: float) -> None:
    """Store events, as the last thing of a transaction.

    PostgreSQL numbers rows when they are inserted, not when they are committed. A subscriber that has seen 6 never reads
    5 again, so a transaction that numbers a session's events locks the session until it has committed. Sessions don't
    wait for each other: their order among themselves means nothing.
    Locked last and in one order, and with no further lock taken under them, these locks can't cause a deadlock.
    """
    if connection.dialect.name == "postgresql":
        keys = sorted({_lock_key(event.session_id) for event in new})
        if len({event.session_id for event in new}) == 1:
            connection.execute(_LOCK_AND_INSERT, _of_one_session(new, keys[0], now))
            return
        for key in keys:
            connection.execute(_LOCK, {"class": _LOCK_CLASS, "session": key})
    rows = [
        {
            "session_id": event.session_id,
            "name": event.name,
            "subject_id": event.subject_id,
            "handoff_id": event.handoff_id,
            "at": now,
        }
        for event in new
    ]
    connection.execute(insert(events), rows)


def events_after(
    connection: Connection, session_id: str, last_id: int, limit: int = 200, *, handoff_id: str | None = None
) -> list[Event]:
    """Read a session's events after number `last_id`, oldest first; a phone reads those of its own images and itself."""
    query = (
        select(events)
        .where(events.c.session_id == session_id, events.c.id > last_id)
        .order_by(events.c.id)
        .limit(limit)
    )
    if handoff_id is not None:
        query = query.outerjoin(images, images.c.id == events.c.subject_id).where(
            (images.c.handoff_id == handoff_id)
            | (events.c.handoff_id == handoff_id)
            | (events.c.subject_id == handoff_id)
        )
    return [
        Event(row.id, row.session_id, cast("EventName", row.name), row.subject_id)
        for row in connection.execute(query)
    ]


def last_event_id(connection: Connection, session_id: str | None = None) -> int:
    """Return the number of the newest event of a session, or of all; 0 if there is none.

    Only within a session does it mean that everything before it can be read: see store_events.
    """
    query = select(func.max(events.c.id))
    if session_id is not None:
        query = query.where(events.c.session_id == session_id)
    return connection.scalar(query) or 0


def last_event_ids_after(connection: Connection, last_id: int) -> dict[str, int]:
    """Return the newest event's number of each session that has one after `last_id`."""
    query = select(events.c.session_id, func.max(events.c.id).label("newest")).where(events.c.id > last_id)
    rows = connection.execute(query.group_by(events.c.session_id))
    return {row.session_id: row.newest for row in rows}


def last_event_ids_of(connection: Connection, session_ids: Collection[str]) -> dict[str, int]:
    """Return the newest event's number of each of these sessions that has one."""
    query = select(events.c.session_id, func.max(events.c.id).label("newest"))
    query = query.where(events.c.session_id.in_(session_ids)).group_by(events.c.session_id)
    return {row.session_id: row.newest for row in connection.execute(query)}


def _of_one_session(new: Sequence[NewEvent], key: int, now: float) -> dict[str, object]:
    return {
        "class": _LOCK_CLASS,
        "session": key,
        "session_id": new[0].session_id,
        "at": now,
        "names": [event.name for event in new],
        "subjects": [event.subject_id for event in new],
        "handoffs": [event.handoff_id for event in new],
    }


def _lock_key(session_id: str) -> int:
    """Two sessions with the same key wait for each other now and then; nothing worse happens."""
    return zlib.crc32(session_id.encode()) - 2**31
