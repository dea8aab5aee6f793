"""One door to SQLite and PostgreSQL: `read()` and `write()`, and the database's own clock."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Double, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from clinicpro_images.db.group_commit import GroupCommit
from clinicpro_images.db.postgresql import open_reading, open_writing
from clinicpro_images.db.sqlite import BUSY_MS, open_connection
from clinicpro_images.settings_reader import SettingsError

_POOL_SIZE = 16


# The tables that pictures and sessions leave; the audit trail keeps every row.
_EMPTIED = (
    "sessions", "photos", "commits", "commit_photos", "jobs", "transitions", "events", "launches", "handoffs",
)  # fmt: skip


class now_seconds(FunctionElement[float]):  # noqa: N801 - reads like the SQL function it is
    """The database's clock, in seconds since 1970: leases of several processes need one clock."""

    type = Double()
    inherit_cache = True


@compiles(now_seconds, "sqlite")
def _now_sqlite(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now_seconds, "postgresql")
def _now_postgresql(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "EXTRACT(EPOCH FROM clock_timestamp())::float8"


class Database:
    """An engine with a rule: on SQLite one writer at a time, and it holds the lock from its start."""

    def __init__(self, engine: AsyncEngine, reading: AsyncEngine | None = None) -> None:
        """Wrap engines made by `open_database`; `reading` is one whose statements stand alone."""
        self.engine = engine
        self._reading = reading or engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer. Queueing here is fair and free; its own busy handler is neither.
        self._group = GroupCommit(engine) if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection that only reads; on SQLite everything read in the block is of one moment."""
        async with self._reading.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes; leaving the block commits, an exception rolls back."""
        opened = self.engine.begin() if self._group is None else self._group.member()
        async with opened as connection:
            yield connection

    async def leave_nothing(self, *, rewrite: bool = False) -> None:
        """Let no deleted bytes lie about: call it after deleting what must be gone.

        SQLite overwrites deleted cells (secure_delete), and its log is written back and cut to nothing. PostgreSQL gives
        the room of deleted rows free, to be overwritten; `rewrite` writes the tables anew without them, which holds up
        whoever uses them for a moment.
        """
        paused = nullcontext() if self._group is None else self._group.paused()
        async with paused, self.engine.connect() as connection:
            if self.is_sqlite:
                raw = await connection.get_raw_connection()
                # Not through a transaction: the log can't be cut from within one. Busy readers leave it to the next time.
                cursor = await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
                await cursor.close()
                return
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql("SET lock_timeout = '5s'")
            names = ", ".join(_EMPTIED)
            await connection.exec_driver_sql(f"VACUUM {'(FULL)' if rewrite else ''} {names}")
            await connection.exec_driver_sql("RESET lock_timeout")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self._reading.dispose()


def open_database(url: str) -> Database:
    """Make the engine for `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`; connects on first use."""
    if not url.startswith("sqlite"):
        return Database(open_writing(url), open_reading(url))
    engine = create_async_engine(
        url,
        hide_parameters=True,
        # Beyond its size the pool opens a connection for each use and closes it after, which costs more than the use.
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        pool_use_lifo=True,
        connect_args={"async_creator_fn": open_connection},
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return Database(engine)


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Say in one line what keeps a start from the database; raises SettingsError, without the password in it."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        password = make_url(url).password
        if password:
            said = said.replace(str(password), "…")
        raise SettingsError(
            "CLINICPRO_DATABASE_URL", f"names a database that can't be opened or brought up to date: {said}"
        ) from error


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does, and says which kind.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # "saved" has to survive a power cut, not only a crash
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_MS}",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a write that starts as a read can fail half-way with "database is locked".
    writes = connection.get_execution_options().get("clinicpro_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
