"""The SQL of events."""

import zlib
from collections.abc import Collection, Sequence
from typing import cast

from sqlalchemy import Connection, func, insert, select, text

from clinicpro_images.db.tables import events, images
from clinicpro_images.db.unit_of_work import NewEvent
from clinicpro_images.events.event import Event, EventName

# The class of the advisory locks held while a session's events are numbered; see store_events.
_LOCK_CLASS = 726_211_040
_LOCK = text("SELECT pg_advisory_xact_lock(:class, :session)")
# Locks and inserts in one round trip; rows are numbered after the lock is taken.
_LOCK_AND_INSERT = text(
    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(:class, :session)) "
    "INSERT INTO events (session_id, name, subject_id, handoff_id, at) "
    "SELECT :session_id, new.name, new.subject_id, new.handoff_id, :at FROM locked, "
    "unnest(CAST(:names AS text[]), CAST(:subjects AS text[]), CAST(:handoffs AS text[])) "
    "WITH ORDINALITY AS new (name, subject_id, handoff_id, place) ORDER BY new.place"
)


def store_events(connection: Connection, new: Sequence[NewEvent], now: float) -> None:
    """Store events, as the last step of a transaction.

    PostgreSQL numbers rows when they are inserted, not when they are committed. A subscriber that has read 6 would never
    read 5, so a transaction locks the session from numbering its events until it commits. Sessions don't wait for each
    other, because order matters within a session only. These locks can't cause a deadlock: they are taken last, in
    order, and no other lock is taken while they are held.
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
    """Return a session's events after id `last_id`, oldest first; for a phone, what concerns it."""
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
            | (events.c.name == "earlier.chosen")
        )
    return [
        Event(row.id, row.session_id, cast("EventName", row.name), row.subject_id)
        for row in connection.execute(query)
    ]


def last_event_id(connection: Connection, session_id: str | None = None) -> int:
    """Return the id of the newest event of a session, or of all; 0 if there is none.

    That all events with smaller ids are visible is certain within a session only: see store_events.
    """
    query = select(func.max(events.c.id))
    if session_id is not None:
        query = query.where(events.c.session_id == session_id)
    return connection.scalar(query) or 0


def last_event_ids_after(connection: Connection, last_id: int) -> dict[str, int]:
    """Return the newest event's id of each session that has one after `last_id`."""
    query = select(events.c.session_id, func.max(events.c.id).label("newest")).where(events.c.id > last_id)
    rows = connection.execute(query.group_by(events.c.session_id))
    return {row.session_id: row.newest for row in rows}


def last_event_ids_of(connection: Connection, session_ids: Collection[str]) -> dict[str, int]:
    """Return the newest event's id of each of these sessions that has one."""
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
    """Return the session's lock key; two sessions with the same key sometimes wait for each other, which is harmless."""
    return zlib.crc32(session_id.encode()) - 2**31
