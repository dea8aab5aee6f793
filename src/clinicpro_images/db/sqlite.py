"""SQLite without a thread in between: statements run where they are asked for, only what may wait leaves the event loop."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.connectors.asyncio import AsyncIODBAPIConnection
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteExecutionContext
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.engine.url import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util.concurrency import await_, in_greenlet

from clinicpro_images.db.connection import AsyncConnection, AsyncEngine, make_engine

_BUSY_MS: Final = 10_000  # how long a statement waits for another process's lock
_POOL_SIZE: Final = 4  # a statement never waits, so hardly two are in use at the same moment
_MORE: Final = 28
_STATEMENTS: Final = 256  # kept prepared for each connection; the product has fewer


class NearConnection(sqlite3.Connection):
    """The standard library's connection, which waits in a thread: for the write lock, for the disk at a write's end.

    Whatever else it does takes less than to hand it to a thread. Rows are in the page cache or the file system's, and
    reading never waits for a writer in WAL mode.
    """

    _writes = False
    _changes = 0

    def do(self, statement: str) -> None:
        """Carry out what SQLAlchemy knows nothing of, from any thread; what it answers is let go of."""
        cursor = super().cursor(sqlite3.Cursor)
        try:
            cursor.execute(statement)
        finally:
            # Left to itself a row nobody fetched would keep the statement going, and no transaction could be committed.
            cursor.close()

    def begin(self, *, writing: bool) -> None:
        """Begin a transaction; one that writes takes the lock now, at once where nobody has it, as nearly always."""
        self._writes, self._changes = writing, self.total_changes
        if not writing:
            self.do("BEGIN")
            return
        self.do("PRAGMA busy_timeout = 0")
        try:
            # IMMEDIATE: a write that starts as a read can fail half-way with "database is locked".
            self.do("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            self._busy_again()
            _wait(partial(self.do, "BEGIN IMMEDIATE"))
        else:
            self._busy_again()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Let a part of the transaction that breaks off take back what it wrote, and nothing else."""
        self.do("SAVEPOINT apart")
        try:
            yield
        except BaseException:
            # SQLite ends the whole transaction by itself where the disk fails it.
            if self.in_transaction:
                self.do("ROLLBACK TO apart")
                self.do("RELEASE apart")
            raise
        self.do("RELEASE apart")

    def commit(self) -> None:
        """End the transaction; what it wrote is on the disk then."""
        self._end(super().commit)

    def rollback(self) -> None:
        """End the transaction without what it wrote."""
        self._end(super().rollback)

    def close(self) -> None:
        """Close it; the last one to be closed writes the log back into the database."""
        _wait(super().close)

    def _busy_again(self) -> None:
        self.do(f"PRAGMA busy_timeout = {_BUSY_MS}")

    def _end(self, ending: Callable[[], None]) -> None:
        # Who changed nothing has nothing to bring to the disk, nor has the pool's last rollback after a commit.
        if self._writes and self.in_transaction and self.total_changes != self._changes:
            _wait(ending)
        else:
            ending()


class _Context(SQLiteExecutionContext):
    def create_server_side_cursor(self) -> DBAPICursor:
        # SQLite hands out rows as they are asked for, through any cursor.
        return self.create_default_cursor()


class NearDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own SQLite, told that its connections may be used from async code as they are."""

    driver = "near"
    is_async = True
    statements_never_wait = True
    has_terminate = True
    supports_statement_cache = True
    supports_server_side_cursors = True
    execution_ctx_cls = _Context

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:  # noqa: ARG003 - SQLAlchemy's signature
        """Wait for a free connection without standing still."""
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: DBAPIConnection) -> AsyncIODBAPIConnection:
        """Return the connection itself: nothing is wrapped around it."""
        return connection  # type: ignore[return-value]

    def do_terminate(self, dbapi_connection: DBAPIConnection) -> None:
        """Close a connection that was lost sight of, from wherever that is noticed."""
        sqlite3.Connection.close(dbapi_connection)  # type: ignore[arg-type]


registry.register("sqlite.near", __name__, NearDialect.__name__)


def open_engine(url: str) -> AsyncEngine:
    """Make the engine for `sqlite+aiosqlite:///…`, the address's usual form; connects on first use.

    A transaction writes when the connection's execution option `clinicpro_write` is set before it begins.
    """
    engine = make_engine(
        make_url(url).set(drivername="sqlite+near"),
        hide_parameters=True,
        # Beyond its size the pool opens a connection for each use and closes it after, which costs more than the use.
        pool_size=_POOL_SIZE,
        max_overflow=_MORE,
        pool_use_lifo=True,
        connect_args={
            "factory": NearConnection,
            "check_same_thread": False,
            # The driver must not begin transactions by itself: _begin does, and says which kind.
            "isolation_level": None,
            "cached_statements": _STATEMENTS,
        },
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


async def near_of(connection: AsyncConnection) -> NearConnection:
    """Return SQLite's own connection under SQLAlchemy's."""
    near = (await connection.get_raw_connection()).driver_connection
    assert isinstance(near, NearConnection)  # noqa: S101 - the engine is made here
    return near


async def checkpoint_wal(connection: AsyncConnection) -> None:
    """Write SQLite's log back and cut it to nothing; busy readers leave it to the next time.

    Not through a transaction, for the log can't be cut from within one.
    """
    await _in_thread(partial((await near_of(connection)).do, "PRAGMA wal_checkpoint(TRUNCATE)"))


def _prepare(connection: NearConnection, _record: Any) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # "saved" has to survive a power cut, not only a crash
        "foreign_keys = ON",
        f"busy_timeout = {_BUSY_MS}",
        "secure_delete = ON",
    ):
        connection.do(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("clinicpro_write", False)
    near: NearConnection = connection.connection.dbapi_connection  # type: ignore[assignment]
    near.begin(writing=writes)


def _wait(doing: Callable[[], object]) -> None:
    if in_greenlet():
        await_(_in_thread(doing))
    else:
        doing()


async def _in_thread(doing: Callable[[], object]) -> None:
    waiting = asyncio.get_running_loop().run_in_executor(None, doing)
    try:
        await asyncio.shield(waiting)
    except asyncio.CancelledError:
        # The thread is still at it, and nothing else may touch the connection before it is done.
        await asyncio.wait([waiting])
        raise
