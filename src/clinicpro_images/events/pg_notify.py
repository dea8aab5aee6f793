"""Notifications between processes through PostgreSQL's LISTEN/NOTIFY; the broker's polling is the fallback."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable

import psycopg
import structlog
from psycopg import AsyncConnection
from sqlalchemy import URL, make_url

from clinicpro_images.db import advisory_locks

CHANNEL = "clinicpro_events"
_SESSIONS_PER_PAYLOAD = 200  # a payload has at most 8,000 bytes, a session id 32
_RETRY_SECONDS = 2.0
_CONNECT_SECONDS = 10
_NO_SESSION = ""  # sent to confirm that notifications arrive

log = structlog.get_logger()


class PgNotifier:
    """Notifies other processes, and receives their notifications; `events.broker.Notifier`."""

    def __init__(self, url: str | URL) -> None:
        """`url` is the database's, for SQLAlchemy."""
        self._url = make_url(url)
        self._process = uuid.uuid4().hex
        self._unsent: set[str] = set()
        self._has_unsent = asyncio.Event()
        self.confirmed = asyncio.Event()
        """Set once a notification sent by this process has arrived, because a connection pooler may drop them all."""

    def notify(self, session_ids: Iterable[str]) -> None:
        """Notify the other processes, asynchronously; call it after committing the events."""
        self._unsent.update(session_ids)
        if self._unsent:
            self._has_unsent.set()

    async def run(self, wake: Callable[[str], None]) -> None:
        """Send and receive until cancelled; call `wake` with the id of each session that has new events."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._keep_connected(self._send), name="event notifier, sending")
            both.create_task(
                self._keep_connected(lambda connection: self._receive(connection, wake)),
                name="event notifier, receiving",
            )

    async def _keep_connected(self, use: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await use(connection)
            except (psycopg.Error, OSError):
                log.warning(
                    "events.disconnected",
                    message="The connection for notifications was lost; polling until it works again.",
                )
            finally:
                self.confirmed.clear()
            await asyncio.sleep(_RETRY_SECONDS)
            self.notify([_NO_SESSION])

    async def _connect(self) -> AsyncConnection:
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            # Detects a lost connection within a minute; until then, polling finds the events.
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )

    async def _send(self, connection: AsyncConnection) -> None:
        """Send what is unsent, on a separate connection.

        PostgreSQL commits transactions that notify one at a time, including the flush to disk. So notifications are
        batched and sent outside the transactions that they report, with nothing to flush.
        """
        await connection.execute("SET synchronous_commit = off")
        while True:
            await self._has_unsent.wait()
            self._has_unsent.clear()
            waiting, self._unsent = sorted(self._unsent), set()
            try:
                for start in range(0, len(waiting), _SESSIONS_PER_PAYLOAD):
                    sessions = ",".join(waiting[start : start + _SESSIONS_PER_PAYLOAD])
                    payload = f"{self._process}:{sessions}"
                    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
            except BaseException:
                # Sending a notification twice is harmless.
                self.notify(waiting)
                raise

    async def _receive(self, connection: AsyncConnection, wake: Callable[[str], None]) -> None:
        # Shows a restore that a gateway uses this database; see restore/lock.py.
        await connection.execute("SELECT pg_try_advisory_lock_shared(%s)", (advisory_locks.IN_USE,))
        await connection.execute(f"LISTEN {CHANNEL}")
        self.notify([_NO_SESSION])
        async for notification in connection.notifies():
            process, _, sessions = notification.payload.partition(":")
            if process == self._process:
                # This process's subscribers were woken when the transaction was committed.
                self.confirmed.set()
                continue
            for session_id in filter(None, sessions.split(",")):
                wake(session_id)
