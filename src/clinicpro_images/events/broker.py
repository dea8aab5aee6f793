"""Publish/subscribe: events are stored in the transaction of the change they report; then subscribers are woken."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog
from sqlalchemy import Connection

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import NewEvent
from clinicpro_images.events.store import (
    last_event_id,
    last_event_ids_after,
    last_event_ids_of,
    store_events,
)

log = structlog.get_logger()


class Notifier(Protocol):
    """Notifies other processes, and receives their notifications; see `events.pg_notify`."""

    confirmed: asyncio.Event

    def notify(self, session_ids: Iterable[str]) -> None:
        """Notify the other processes, asynchronously, that these sessions have new events."""

    async def run(self, wake: Callable[[str], None]) -> None:
        """Send and receive until cancelled; call `wake` with the id of each session that has new events."""


class Subscription:
    """Wakes its subscriber when there are new events to read."""

    def __init__(self, seen: int) -> None:
        """`seen` is the id of the newest event that the subscriber has read."""
        self.seen = seen
        self._new = asyncio.Event()

    @property
    def has_events(self) -> bool:
        """Whether there are new events to read."""
        return self._new.is_set()

    def wake(self, event_id: int | None = None) -> None:
        """Wake the subscriber, unless it was woken for this event already; None: there are new events of unknown id."""
        if event_id is None or event_id > self.seen:
            self.seen = max(self.seen, event_id or 0)
            self._new.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for new events, for at most `seconds`; return whether there are any, and reset."""
        # Not wait_for: before Python 3.12 it swallows a cancellation that coincides with the wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._new.wait()
        was_set = self._new.is_set()
        self._new.clear()
        return was_set


class EventBroker:
    """The event log of a database; `db.unit_of_work.EventLog`. Call its methods in the event loop, except `store`."""

    def __init__(self, database: Database, notifier: Notifier | None = None) -> None:
        """Without `notifier`, events of other processes are found by polling."""
        self._database = database
        self._notifier = notifier
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._polled = 0
        self.ending = False

    def store(self, connection: Connection, events: Sequence[NewEvent], now: float) -> None:
        """Store events as the last step of a transaction."""
        store_events(connection, events, now)

    def notify(self, session_ids: frozenset[str]) -> None:
        """Wake the subscribers of these sessions, here and in other processes, once their events are committed."""
        for session_id in session_ids:
            self._wake(session_id)
        if self._notifier is not None and session_ids:
            # Not in the transaction: PostgreSQL commits transactions that notify one at a time.
            self._notifier.notify(session_ids)

    @contextmanager
    def subscribe(self, session_id: str, seen: int = 0) -> Iterator[Subscription]:
        """Subscribe to a session's events after id `seen`; leaving unsubscribes."""
        subscription = Subscription(seen)
        self._subscriptions.setdefault(session_id, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[session_id].discard(subscription)
            if not self._subscriptions[session_id]:
                del self._subscriptions[session_id]

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions that have subscribers."""
        return frozenset(self._subscriptions)

    def end_streams(self) -> None:
        """End all streams, so that their clients reconnect to another gateway."""
        self.ending = True
        for session_id in self.sessions:
            self._wake(session_id)

    async def run(self, interval: float = 0.5, *, notified_interval: float = 5.0) -> None:
        """Wake subscribers for events that other processes stored, until cancelled.

        It polls every `interval` seconds. While notifications from other processes arrive (PostgreSQL), it polls every
        `notified_interval` seconds only, for notifications lost with a connection.
        """
        if self._notifier is None:
            await self._poll_forever(interval, notified_interval)
            return
        notifying = asyncio.create_task(self._notifier.run(self._wake), name="event notifier")
        try:
            await self._poll_forever(interval, notified_interval)
        finally:
            notifying.cancel()
            await asyncio.gather(notifying, return_exceptions=True)

    def _wake(self, session_id: str, event_id: int | None = None) -> None:
        for subscription in self._subscriptions.get(session_id, ()):
            subscription.wake(event_id)

    async def _poll_forever(self, interval: float, notified_interval: float) -> None:
        started, polled_at = False, 0.0
        loop = asyncio.get_running_loop()
        while True:
            notified = self._notifier is not None and self._notifier.confirmed.is_set()
            try:
                if not started:
                    self._polled, started = await self._database.read(last_event_id), True
                elif self._subscriptions and (not notified or loop.time() >= polled_at + notified_interval):
                    await self._poll()
                    polled_at = loop.time()
            except Exception:
                log.exception("events.unreadable", message="Events could not be read; trying again.")
            await asyncio.sleep(interval)

    async def _poll(self) -> None:
        if self._database.is_sqlite:
            # SQLite has one writer, so events become visible in the order of their ids.
            newest = await self._database.read(last_event_ids_after, self._polled)
        else:
            newest = await self._database.read(last_event_ids_of, self.sessions)
        for session_id, event_id in newest.items():
            self._polled = max(self._polled, event_id)
            self._wake(session_id, event_id)
