"""SQLite without a thread in between: statements run where they are asked for, only what may wait leaves the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import aiosqlite

_ENDS: Final = frozenset({"commit", "rollback"})
_WAITING_CALLS: Final = _ENDS | {"close", "backup", "interrupt"}
_WAITING_STATEMENTS: Final = ("BEGIN IMMEDIATE", "PRAGMA", "VACUUM")


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
            self._writes = statement == "BEGIN IMMEDIATE"
        # What only read has nothing to bring to the disk.
        only_read = name in _ENDS and not self._writes
        if only_read or not _may_wait(fn, name, statement):
            if not self._running or not self._connection:
                raise ValueError("Connection closed")
            return fn(*args, **kwargs)
        waiting = asyncio.ensure_future(super()._execute(fn, *args, **kwargs))  # type: ignore[no-untyped-call]
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            # The thread is still at it, and nothing else may touch the connection before it is done.
            await asyncio.wait([waiting])
            raise


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
