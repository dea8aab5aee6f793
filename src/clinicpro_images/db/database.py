"""The way to the database: a transaction is one plain function, run in one hop to a thread."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.postgresql import PostgreSql
from clinicpro_images.db.sqlite import Sqlite
from clinicpro_images.db.unit_of_work import AuditLog, EventLog, UnitOfWork
from clinicpro_images.settings.errors import SettingsError

P = ParamSpec("P")
R = TypeVar("R")


class Database:
    """One database. `clock` is its own, in seconds since 1970."""

    def __init__(
        self,
        backend: Sqlite | PostgreSql,
        clock: Callable[[], float],
        *,
        audit: AuditLog | None = None,
        events: EventLog | None = None,
    ) -> None:
        """Without `audit` or `events`, a transaction that audits or publishes something fails."""
        self.backend = backend
        self.clock = clock
        self.is_sqlite = isinstance(backend, Sqlite)
        self._audit = audit
        self._events = events

    def with_logs(self, audit: AuditLog, events: EventLog) -> "Database":
        """Return the same database, whose transactions store audit entries and events there."""
        return Database(self.backend, self.clock, audit=audit, events=events)

    async def read(
        self, function: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `function(connection, …)`, which only reads, in a thread."""
        context = copy_context()  # whose request it is; threads have contexts of their own
        running = self.backend.read(lambda each: context.run(function, each, *args, **kwargs))
        found: R = await asyncio.wrap_future(running)
        return found

    async def write(
        self, function: Callable[Concatenate[UnitOfWork, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `function(work, …)` in a transaction: committed when it returns, rolled back when it raises.

        A caller who is cancelled waits for the end of the transaction, so that nothing else happens at the same time.
        """
        context = copy_context()

        def run(connection: Connection) -> tuple[R, frozenset[str]]:
            work = UnitOfWork(connection, self.clock())
            result = function(work, *args, **kwargs)
            return result, work.finish(self._audit, self._events)

        running: asyncio.Future[tuple[R, frozenset[str]]] = asyncio.wrap_future(
            self.backend.write(lambda each: context.run(run, each))
        )
        running.add_done_callback(self._notify)
        try:
            result, _ = await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise
        return result

    def _notify(self, running: "asyncio.Future[tuple[Any, frozenset[str]]]") -> None:
        if not running.cancelled() and running.exception() is None and self._events is not None:
            self._events.notify(running.result()[1])

    async def erase_deleted(self, *, rewrite: bool = False) -> None:
        """Leave no deleted bytes on disk: call it after deleting what must be gone.

        On PostgreSQL `rewrite` writes the tables again without deleted rows, and holds up their users for a moment.
        """
        await asyncio.wrap_future(self.backend.erase_deleted(rewrite=rewrite))

    async def check(self) -> None:
        """Ask the database something; raises SQLAlchemy's errors if it does not answer."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")).all())

    async def close(self) -> None:
        """Finish what is running and close every connection."""
        await asyncio.to_thread(self.backend.close)


def open_database(url: str, *, clock: Callable[[], float] | None = None) -> Database:
    """Return the database at `sqlite:///…` or `postgresql+psycopg://…`, which connects on first use."""
    parts = make_url(url)
    backend = Sqlite(parts) if parts.get_backend_name() == "sqlite" else PostgreSql(parts)
    return Database(backend, clock or DatabaseClock(is_local=isinstance(backend, Sqlite)))


@contextmanager
def startup_errors(url: str) -> Iterator[None]:
    """Turn what keeps a start from the database into one line; raises SettingsError, without the password in it."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        password = make_url(url).password
        if password:
            reason = reason.replace(str(password), "…")
        raise SettingsError(
            "CLINICPRO_DATABASE_URL", f"names a database that can't be opened or brought up to date: {reason}"
        ) from error
