"""Access to the database: a transaction is one plain function, run in a thread."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, make_url, select, text

from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.postgresql import PostgreSql
from clinicpro_images.db.schema_watch import SchemaWatch
from clinicpro_images.db.sqlite import Sqlite
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import AuditLog, EventLog, UnitOfWork
from clinicpro_images.errors import DatabaseUnavailable

P = ParamSpec("P")
R = TypeVar("R")

_PROBE = "readiness"
"""The row of `used_tokens` that a check writes; no hash of a token is equal to it."""


class Database:
    """A database and its clock, in seconds since 1970."""

    def __init__(
        self,
        backend: Sqlite | PostgreSql,
        clock: Callable[[], float],
        *,
        audit: AuditLog | None = None,
        events: EventLog | None = None,
        schema: SchemaWatch | None = None,
    ) -> None:
        """Without `audit` or `events`, transactions that audit or publish something fail.

        Nothing is written any more once `schema` notices that another version has upgraded the database.
        """
        self.backend = backend
        self.clock = clock
        self.is_sqlite = isinstance(backend, Sqlite)
        self._audit = audit
        self._events = events
        self.schema = schema or SchemaWatch()

    def with_logs(self, audit: AuditLog, events: EventLog) -> "Database":
        """Return the same database with logs in which its transactions store audit entries and events."""
        return Database(self.backend, self.clock, audit=audit, events=events, schema=self.schema)

    async def read(
        self, function: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `function(connection, …)`, which only reads, in a thread."""
        context = copy_context()  # the request's context variables
        return await asyncio.wrap_future(
            self.backend.read(lambda connection: context.run(function, connection, *args, **kwargs))
        )

    async def write(
        self, function: Callable[Concatenate[UnitOfWork, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `function(work, …)` in a transaction: committed if it returns, rolled back if it raises.

        A cancelled caller waits until the transaction ends, so that it doesn't overlap with what the caller does next.
        """
        context = copy_context()

        def run(connection: Connection) -> tuple[R, frozenset[str], Any]:
            self.schema.check(connection)
            work = UnitOfWork(connection, self.clock())
            result = function(work, *args, **kwargs)
            return result, work.finish(self._audit, self._events), work.receipt

        running = asyncio.wrap_future(self.backend.write(lambda connection: context.run(run, connection)))
        running.add_done_callback(self._notify)
        try:
            result, _, _ = await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise
        return result

    def _notify(self, running: "asyncio.Future[tuple[Any, frozenset[str], Any]]") -> None:
        if running.cancelled() or running.exception() is not None:
            return
        _, sessions, receipt = running.result()
        if self._audit is not None and receipt is not None:
            self._audit.committed(receipt)
        if self._events is not None:
            self._events.notify(sessions)

    async def erase_deleted(self, *, rewrite: bool = False) -> None:
        """Remove deleted bytes from the disk.

        On PostgreSQL, `rewrite` rewrites the tables without deleted rows, which locks them for a moment.
        """
        await asyncio.wrap_future(self.backend.erase_deleted(rewrite=rewrite))

    async def check(self) -> None:
        """Write a row, commit it, and read it back on another connection; raises the error if that fails."""
        await asyncio.to_thread(self.backend.check)
        await self.read(self.schema.check, at_once=True)
        written = await self.write(_write_probe)
        if await self.read(_read_probe) < written:
            raise DatabaseUnavailable(integrator="The database doesn't return what was written to it.")

    async def close(self) -> None:
        """Wait for running transactions, and close all connections."""
        await asyncio.to_thread(self.backend.close)


def _write_probe(work: UnitOfWork) -> float:
    work.connection.execute(
        text(
            "INSERT INTO used_tokens (token_hash, used_at) VALUES (:hash, :now) "
            "ON CONFLICT (token_hash) DO UPDATE SET used_at = excluded.used_at"
        ),
        {"hash": _PROBE, "now": work.now},
    )
    return work.now


def _read_probe(connection: Connection) -> float:
    return connection.scalar(select(used_tokens.c.used_at).where(used_tokens.c.token_hash == _PROBE)) or 0.0


def open_database(url: str, *, clock: Callable[[], float] | None = None) -> Database:
    """Return the database at `sqlite:///…` or `postgresql+psycopg://…`; it connects on first use."""
    parts = make_url(url)
    backend = Sqlite(parts) if parts.get_backend_name() == "sqlite" else PostgreSql(parts)
    return Database(backend, clock or DatabaseClock(is_local=isinstance(backend, Sqlite)))
