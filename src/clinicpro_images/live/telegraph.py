"""Other processes on the same PostgreSQL, heard at once through LISTEN/NOTIFY; the journal's watch stays behind it."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable

import psycopg
import structlog
from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "clinicpro_events"
_MOST_IN_ONE = 200  # a notice holds 8,000 bytes, a session's id 32
_AGAIN_SECONDS = 2.0
_CONNECT_SECONDS = 10

log = structlog.get_logger()


class Telegraph:
    """Tells other processes which sessions have news, and hears it from them."""

    def __init__(self, url: URL, wake: Callable[[str], None]) -> None:
        """`url` is the engine's; `wake` is called with the session's id."""
        self._url = url
        self._wake = wake
        self._own = uuid.uuid4().hex
        self.proven = asyncio.Event()
        """Whether a notice of this very process came back: a pooler between us and PostgreSQL may swallow all of them."""

    async def tell(self, connection: AsyncConnection, session_ids: Iterable[str]) -> None:
        """Tell the others when this transaction commits, and nothing if it does not."""
        waiting = sorted(session_ids)
        for start in range(0, len(waiting), _MOST_IN_ONE):
            await self._notify(connection, ",".join(waiting[start : start + _MOST_IN_ONE]))

    async def _notify(self, connection: AsyncConnection, words: str) -> None:
        await connection.execute(
            text("SELECT pg_notify(:channel, :words)"),
            {"channel": CHANNEL, "words": f"{self._own}:{words}"},
        )

    async def tell_ourselves(self, connection: AsyncConnection) -> None:
        """Send a notice that only proves that notices arrive."""
        await self._notify(connection, "")

    async def listen(self, prove: Callable[[], Awaitable[None]]) -> None:
        """Hear until cancelled, on a connection of our own; `prove` has a notice sent to it once that is open."""
        while True:
            try:
                await self._hear(prove)
            except (SQLAlchemyError, psycopg.Error, OSError):
                log.warning(
                    "journal.deaf", sentence="Other processes are heard by asking until this works again."
                )
            finally:
                self.proven.clear()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _hear(self, prove: Callable[[], Awaitable[None]]) -> None:
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await psycopg.AsyncConnection.connect(
            dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            # A connection that died without a word is found out within a minute; the watch bridges that.
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            await prove()
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
