"""SQLite without a thread in between: statements run where they are asked for, only what may wait leaves the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import aiosqlite

_ENDS: Final = frozenset({"commit", "rollback"})
_WAITING_CALLS: Final = _ENDS | {"close", "backup", "interrupt"}
_BEGIN_WRITING: Final = "BEGIN IMMEDIATE"
_WAITING_STATEMENTS: Final = (_BEGIN_WRITING, "PRAGMA", "VACUUM")
BUSY_MS: Final = 10_000
"""How long a statement waits for another process's lock."""


class NearConnection(aiosqlite.Connection):
    """A connection that goes to its thread only to wait: for the write lock, for the disk at the end of a write.

    aiosqlite hands every call to the thread, four for one statement, and each costs more than SQLite itself takes.
    Rows are in the page cache or the file system's; reading never waits for a writer in WAL mode.
    """

    _writes = False

    async def _connect(self) -> "NearConnection":
        try:
            await super()._connect()
        except BaseException:
            # Its thread has a last word for the event loop, which must still be there to hear it.
            await asyncio.to_thread(self._thread.join)
            raise
        return self

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        name, statement = getattr(fn, "__name__", ""), str(args[0]) if args else ""
        if name == "execute" and statement.startswith("BEGIN"):
            self._writes = statement == _BEGIN_WRITING
        if name in _ENDS and self._connection is not None:
            # What only read has nothing to bring to the disk, nor has the pool's last rollback after a commit.
            waits = self._writes and self._conn.in_transaction
        else:
            waits = _may_wait(fn, name, statement)
        if not waits:
            if not self._running or not self._connection:
                raise ValueError("Connection closed")
            return fn(*args, **kwargs)
        if statement == _BEGIN_WRITING:
            try:
                return self._at_once(fn, *args, **kwargs)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
        waiting = asyncio.ensure_future(super()._execute(fn, *args, **kwargs))  # type: ignore[no-untyped-call]
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread is still at it, and nothing else may touch the connection before it is done.
            await asyncio.wait([waiting])
            raise

    def _at_once(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Take the write lock if nobody has it, as nearly always; raises OperationalError where another process has."""
        self._conn.execute("PRAGMA busy_timeout = 0")
        try:
            return fn(*args, **kwargs)
        finally:
            self._conn.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _may_wait(fn: Callable[..., Any], name: str, statement: str) -> bool:
    if name in _WAITING_CALLS:
        # Closing a cursor, as every statement does, waits for nobody; closing a connection writes its log back.
        return not isinstance(getattr(fn, "__self__", None), sqlite3.Cursor)
    return name == "execute" and statement.startswith(_WAITING_STATEMENTS)


def open_connection(database: str, **options: Any) -> NearConnection:
    """Return a connection that opens when it is awaited; as `aiosqlite.connect`, for SQLAlchemy's `async_creator_fn`."""
    connection = NearConnection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does for connections that it opens itself
    return connection
