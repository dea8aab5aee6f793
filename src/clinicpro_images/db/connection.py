"""SQLAlchemy's Core from async code: an engine and its connections.

`sqlalchemy.ext.asyncio` is this and more, and loads the object mapper, 7 MB that nothing here uses. Both stand on
`greenlet_spawn`: SQLAlchemy runs in a greenlet, which a driver leaves where it has to wait.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Executable, create_engine
from sqlalchemy.engine import (
    URL,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    Row,
    ScalarResult,
)
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util.concurrency import greenlet_spawn

Given = TypeVar("Given")
Rows = CursorResult[*tuple[Any, ...]]
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]]


@dataclass
class _Turn:
    """When somebody who asks and asks, and never has to wait, last let the others have their turn."""

    began: float = 0.0


_turn = _Turn()
_LONGEST_TURN = 0.02  # seconds


class AsyncConnection:
    """A connection: what SQLAlchemy's own does, awaited. Results are there whole; only `batches` comes bit by bit."""

    def __init__(self, connection: Connection) -> None:
        """Wrap SQLAlchemy's connection, whose driver is an async one."""
        self._sync = connection
        # Of SQLite only the ends of a transaction wait, and a greenlet for each statement is a quarter of what it costs.
        self._at_once = getattr(connection.dialect, "statements_never_wait", False)

    @property
    def dialect(self) -> Dialect:
        """What SQLAlchemy knows of this kind of database."""
        return self._sync.dialect

    async def execute(self, statement: Executable, parameters: Parameters | None = None) -> Rows:
        """Carry out a statement, once or for each of several parameters."""
        if self._at_once:
            if monotonic() - _turn.began > _LONGEST_TURN:
                _turn.began = monotonic()
                await asyncio.sleep(0)
            return self._sync.execute(statement, parameters)
        return await greenlet_spawn(self._sync.execute, statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: tuple[Any, ...] | None = None) -> Rows:
        """Carry out a statement in the database's own words."""
        return await greenlet_spawn(self._sync.exec_driver_sql, statement, parameters)

    async def scalar(self, statement: Executable, parameters: Parameters | None = None) -> Any:
        """Return the first column of the first row, or None where there is no row."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: Executable, parameters: Parameters | None = None) -> ScalarResult[Any]:
        """Return the first column of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def batches(
        self, statement: Executable, size: int
    ) -> AsyncIterator[Sequence[Row[*tuple[Any, ...]]]]:
        """Give the rows so many at a time, without having all of them in memory."""
        options = {"yield_per": size}
        result = await greenlet_spawn(self._sync.execute, statement, execution_options=options)
        try:
            while batch := await greenlet_spawn(result.fetchmany, size):
                yield batch
        finally:
            await greenlet_spawn(result.close)

    async def run_sync(self, use: Callable[[Connection], Given]) -> Given:
        """Let something that is not async use the connection."""
        return await greenlet_spawn(use, self._sync)

    async def get_raw_connection(self) -> PoolProxiedConnection:
        """Return the pool's connection, which knows the driver's."""
        return await greenlet_spawn(getattr, self._sync, "connection")

    async def execution_options(self, **options: Any) -> None:
        """Set options for what comes."""
        await greenlet_spawn(self._sync.execution_options, **options)

    async def begin(self) -> None:
        """Begin a transaction now, not with the first statement."""
        await greenlet_spawn(self._sync.begin)

    async def commit(self) -> None:
        """End the transaction."""
        await greenlet_spawn(self._sync.commit)

    async def rollback(self) -> None:
        """End the transaction without what it wrote."""
        await greenlet_spawn(self._sync.rollback)

    async def invalidate(self) -> None:
        """Let the pool close the connection for good instead of lending it again."""
        await greenlet_spawn(self._sync.invalidate)

    async def close(self) -> None:
        """Give the connection back; a transaction that is open ends without what it wrote."""
        if self._at_once:
            self._sync.close()
        else:
            await greenlet_spawn(self._sync.close)

    async def back(self) -> None:
        """Close it, also where the caller is cancelled meanwhile: half given back it is lost to the pool."""
        if self._at_once:
            self._sync.close()
            return
        closing = asyncio.ensure_future(self.close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing])
            raise


class AsyncEngine:
    """Where connections come from."""

    def __init__(self, engine: Engine) -> None:
        """Wrap SQLAlchemy's engine, whose driver is an async one."""
        self.sync_engine = engine

    @property
    def url(self) -> URL:
        """The database's address."""
        return self.sync_engine.url

    @property
    def dialect(self) -> Dialect:
        """What SQLAlchemy knows of this kind of database."""
        return self.sync_engine.dialect

    async def open(self) -> AsyncConnection:
        """Take a connection from the pool; whoever does closes it."""
        return AsyncConnection(await greenlet_spawn(self.sync_engine.connect))

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for a block."""
        connection = await self.open()
        try:
            yield connection
        finally:
            await connection.back()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction for a block; leaving the block commits, an exception rolls back."""
        async with self.connect() as connection:
            await connection.begin()
            yield connection
            await connection.commit()

    async def dispose(self) -> None:
        """Close every connection."""
        await greenlet_spawn(self.sync_engine.dispose)


def make_engine(url: URL | str, **how: Any) -> AsyncEngine:
    """Make an engine, which connects on first use; `url` names an async driver, `how` is what `create_engine` takes."""
    return AsyncEngine(create_engine(url, **how))
