"""The unit of work: a transaction that writes, its time, and the events and audit entries stored with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection


@dataclass(frozen=True)
class NewEvent:
    """An event before it is stored: its session, its name, and the id of the image, commit or hand-off.

    `handoff_id` is the phone of an image that is gone, so that the phone still receives the event.
    """

    session_id: str
    name: str
    subject_id: str
    handoff_id: str | None = None


class AuditLog(Protocol):
    """Stores audit entries; see `audit.trail`."""

    def append(self, connection: Connection, entries: Sequence[Any], now: float) -> Any:
        """Store the entries in this transaction."""

    def committed(self, receipt: Any) -> None:
        """Take back what `append` returned, after the transaction is committed."""


class EventLog(Protocol):
    """Stores events and wakes their subscribers; see `events.broker`."""

    def store(self, connection: Connection, events: Sequence[NewEvent], now: float) -> None:
        """Store the events in this transaction."""

    def notify(self, session_ids: frozenset[str]) -> None:
        """Wake the subscribers of these sessions, after the transaction is committed."""


class UnitOfWork:
    """A transaction that writes. `now` is seconds since 1970, the same for everything in it."""

    def __init__(self, connection: Connection, now: float) -> None:
        """`connection` has an open transaction."""
        self.connection = connection
        self.now = now
        self.events: list[NewEvent] = []
        self.entries: list[Any] = []
        self.receipt: Any = None

    def publish(self, session_id: str, name: str, subject_id: str, *, handoff_id: str | None = None) -> None:
        """Store an event with this transaction; the same event twice in one transaction is stored once."""
        event = NewEvent(session_id, name, subject_id, handoff_id)
        if event not in self.events:
            self.events.append(event)

    def audit(self, entry: Any) -> None:
        """Store an audit entry with this transaction."""
        self.entries.append(entry)

    def finish(self, audit: AuditLog | None, events: EventLog | None) -> frozenset[str]:
        """Store events and entries, as the last step of the transaction; return the ids of the sessions to notify.

        The audit trail's locks are always taken before the events', to avoid deadlocks. Raises RuntimeError if there is
        no log for something that was collected.
        """
        if self.entries:
            if audit is None:
                raise RuntimeError("This database was opened without an audit trail.")
            self.receipt = audit.append(self.connection, self.entries, self.now)
        if self.events:
            if events is None:
                raise RuntimeError("This database was opened without an event log.")
            events.store(self.connection, self.events, self.now)
        return frozenset(event.session_id for event in self.events)
