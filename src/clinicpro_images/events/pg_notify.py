"""Other processes on the same PostgreSQL, heard at once through LISTEN/NOTIFY; the journal's watch stays behind it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable

import psycopg
import structlog
from psycopg import AsyncConnection
from sqlalchemy import URL

CHANNEL = "clinicpro_events"
_MOST_IN_ONE = 200  # a notice holds 8,000 bytes, a session's id 32
_AGAIN_SECONDS = 2.0
_CONNECT_SECONDS = 10
_TO_OURSELVES = ""

log = structlog.get_logger()


class PgNotifier:
    """Tells other processes which sessions have news, and hears it from them."""

    def __init__(self, url: URL, wake: Callable[[str], None]) -> None:
        """`url` is the engine's; `wake` is called with the session's id."""
        self._url = url
        self._wake = wake
        self._own = uuid.uuid4().hex
        self._unsaid: set[str] = set()
        self._words = asyncio.Event()
        self.proven = asyncio.Event()
        """Whether a notice of this very process came back: a pooler between us and PostgreSQL may swallow all of them."""

    def tell(self, session_ids: Iterable[str]) -> None:
        """Have the others told, soon; call it when the news is committed."""
        self._unsaid.update(session_ids)
        if self._unsaid:
            self._words.set()

    async def send_loop(self) -> None:
        """Send what is to be told, until cancelled, on a connection of our own.

        PostgreSQL lets one transaction that notifies commit at a time, its flush to disk included. So the notices of
        whatever was committed meanwhile go together, in a transaction that has nothing to flush.
        """
        await self._keep_connected(self._say)

    async def receive_loop(self) -> None:
        """Hear until cancelled, on another connection of our own."""
        await self._keep_connected(self._hear)

    async def _keep_connected(self, use: Callable[[AsyncConnection], Awaitable[None]]) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await use(connection)
            except (psycopg.Error, OSError):
                log.warning(
                    "events.deaf", message="Other processes are heard by asking until this works again."
                )
            finally:
                self.proven.clear()
            await asyncio.sleep(_AGAIN_SECONDS)
            self.tell([_TO_OURSELVES])

    async def _connect(self) -> AsyncConnection:
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            # A connection that died without a word is found out within a minute; the watch bridges that.
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )

    async def _say(self, connection: AsyncConnection) -> None:
        # Nothing is stored by these transactions, so nothing has to be on disk when they end.
        await connection.execute("SET synchronous_commit = off")
        while True:
            await self._words.wait()
            self._words.clear()
            waiting, self._unsaid = sorted(self._unsaid), set()
            try:
                for start in range(0, len(waiting), _MOST_IN_ONE):
                    words = ",".join(waiting[start : start + _MOST_IN_ONE])
                    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._own}:{words}"))
            except BaseException:
                # Twice is nothing to those who hear it.
                self.tell(waiting)
                raise

    async def _hear(self, connection: AsyncConnection) -> None:
        await connection.execute(f"LISTEN {CHANNEL}")
        self.tell([_TO_OURSELVES])
        async for notice in connection.notifies():
            self._heard(notice.payload)

    def _heard(self, payload: str) -> None:
        sender, _, words = payload.partition(":")
        if sender == self._own:
            # Our own listeners were woken when the transaction was committed.
            self.proven.set()
            return
        for session_id in words.split(","):
            if session_id:
                self._wake(session_id)
