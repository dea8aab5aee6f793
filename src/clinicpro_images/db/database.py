"""One door to SQLite and PostgreSQL: `read()` and `write()`, and the database's own clock."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

from sqlalchemy import Double
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from clinicpro_images.db.connection import AsyncConnection, AsyncEngine
from clinicpro_images.db.group_commit import GroupCommit
from clinicpro_images.db.postgresql import open_reading, open_writing
from clinicpro_images.db.sqlite import checkpoint_wal, open_engine
from clinicpro_images.settings.errors import SettingsError

# The tables that pictures and sessions leave; the audit trail keeps every row.
_EMPTIED = (
    "sessions", "images", "commits", "commit_images", "jobs", "job_transitions", "events", "used_tokens", "handoffs",
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

    async def erase_deleted(self, *, rewrite: bool = False) -> None:
        """Let no deleted bytes lie about: call it after deleting what must be gone.

        SQLite overwrites deleted cells (secure_delete), and its log is written back and cut to nothing. PostgreSQL gives
        the room of deleted rows free, to be overwritten; `rewrite` writes the tables anew without them, which holds up
        whoever uses them for a moment.
        """
        paused = nullcontext() if self._group is None else self._group.paused()
        async with paused, self.engine.connect() as connection:
            if self.is_sqlite:
                await checkpoint_wal(connection)
                return
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            names = ", ".join(_EMPTIED)
            try:
                await connection.exec_driver_sql("SET lock_timeout = '5s'")
                await connection.exec_driver_sql(f"VACUUM {'(FULL)' if rewrite else ''} {names}")
                await connection.exec_driver_sql("RESET lock_timeout")
            except BaseException:
                # Whoever borrowed it next would wait no longer than that for anything.
                await connection.invalidate()
                raise

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self._reading.dispose()


def open_database(url: str) -> Database:
    """Make the engine for `sqlite+aiosqlite:///…` or `postgresql+psycopg://…`; connects on first use."""
    if not url.startswith("sqlite"):
        return Database(open_writing(url), open_reading(url))
    return Database(open_engine(url))


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
