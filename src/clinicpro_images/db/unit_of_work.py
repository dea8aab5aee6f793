"""The unit of work: an open transaction, its one `now`, and what it publishes and audits when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection


@dataclass(frozen=True)
class NewEvent:
    """An event before it is stored: whose session, what happened, and to which image, commit or hand-off.

    `handoff_id` names the phone of an image that is gone, so that the phone still receives the event.
    """

    session_id: str
    name: str
    subject_id: str
    handoff_id: str | None = None


class AuditLog(Protocol):
    """Where audit entries are appended; see `audit.trail`."""

    def append(self, connection: Connection, entries: Sequence[Any], now: float) -> None:
        """Store the entries in this transaction."""


class EventLog(Protocol):
    """Where events are stored, and who wakes their subscribers; see `events.broker`."""

    def store(self, connection: Connection, events: Sequence[NewEvent], now: float) -> None:
        """Store the events in this transaction."""

    def notify(self, session_ids: frozenset[str]) -> None:
        """Wake the subscribers of these sessions: the transaction is committed."""


class UnitOfWork:
    """One transaction that writes. `now` is seconds since 1970, the same for everything in it."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Collect events and entries for the transaction on this connection."""
        self.connection = connection
        self.now = now
        self.events: list[NewEvent] = []
        self.entries: list[Any] = []

    def publish(self, session_id: str, name: str, subject_id: str, *, handoff_id: str | None = None) -> None:
        """Store an event with this transaction; published twice in one transaction, it is one event."""
        event = NewEvent(session_id, name, subject_id, handoff_id)
        if event not in self.events:
            self.events.append(event)

    def audit(self, entry: Any) -> None:
        """Store an audit entry with this transaction."""
        self.entries.append(entry)

    def finish(self, audit: AuditLog | None, events: EventLog | None) -> frozenset[str]:
        """Store what was collected, as the last thing of the transaction; return the sessions to notify.

        The audit trail's locks come before those of the events in every transaction. Raises RuntimeError if something
        was collected and there is nowhere to store it: an entry is never dropped in silence.
        """
        if self.entries:
            if audit is None:
                raise RuntimeError("This database was opened without an audit trail.")
            audit.append(self.connection, self.entries, self.now)
        if self.events:
            if events is None:
                raise RuntimeError("This database was opened without an event log.")
            events.store(self.connection, self.events, self.now)
        return frozenset(event.session_id for event in self.events)
