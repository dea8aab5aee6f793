"""SQLite's single writer, shared: whoever writes while others wait does so in one transaction with one flush to disk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinicpro_images.db.connection import AsyncConnection, AsyncEngine
from clinicpro_images.db.sqlite import NearConnection, near_of

# Who comes first waits until the last of the group is done.
_MOST = 16


class WriteLost(Exception):
    """The transaction that this write was part of could not be committed: nothing of it is stored."""


class _Group:
    """One open transaction; `outcome` is set once it is on disk, or lost."""

    def __init__(self, connection: AsyncConnection, near: NearConnection) -> None:
        self.connection = connection
        self.near = near
        self.size = 0
        self.outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class GroupCommit:
    """Lets writers in one after the other. Each is told that its write is stored when that is true, not before.

    A transaction takes the lock and flushes the disk, and between the two the event loop has other things to do: under
    load that is most of what a write costs. So while others wait the transaction stays open for them; each stands in a
    savepoint of its own, and one that breaks off takes nothing of the others with it.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        """Write through `engine`."""
        self._engine = engine
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._closing: set[asyncio.Future[None]] = set()

    @asynccontextmanager
    async def member(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction, or join the one that is open; raises WriteLost when it could not be committed."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            # The transaction may have been left open for this caller alone.
            closing = asyncio.ensure_future(self._close_left_open())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            raise
        finally:
            self._waiting -= 1
        broke_off: Exception | None = None
        try:
            group = self._group or await self._begin()
            alone = group.size == 0
            group.size += 1
            try:
                if alone:
                    yield group.connection
                else:
                    with group.near.apart():
                        yield group.connection
            except BaseException as error:
                # SQLite ends the whole transaction by itself where the disk fails it.
                lost = alone or not group.near.in_transaction
                if lost or not self._waiting:
                    await self._close(group, commit=not lost)
                if alone or not isinstance(error, Exception):
                    raise
                broke_off = error
            if self._group is group and (not self._waiting or group.size >= _MOST):
                await self._close(group, commit=True)
        finally:
            self._turn.release()
        # The last of the group commits it for all of them.
        if broke_off is not None:
            # It may have met a row of another one of the group, and whoever looks for that row must find it.
            await asyncio.wait([group.outcome])
            raise broke_off
        await asyncio.shield(group.outcome)

    async def _begin(self) -> _Group:
        connection = await self._engine.open()
        try:
            await connection.execution_options(clinicpro_write=True)
            await connection.begin()
            near = await near_of(connection)
        except BaseException:
            await connection.close()
            raise
        self._group = _Group(connection, near)
        return self._group

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Let nobody in, with no transaction open."""
        async with self._turn:
            if self._group is not None:
                await self._close(self._group, commit=True)
            yield

    async def _close_left_open(self) -> None:
        async with self._turn:
            if self._group is not None and not self._waiting:
                await self._close(self._group, commit=True)

    async def _close(self, group: _Group, *, commit: bool) -> None:
        self._group = None
        closing = asyncio.ensure_future(_finish(group, commit=commit))
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            # The others' writes don't end with this caller, and the lock is free only then.
            await asyncio.wait([closing])
            raise


async def _finish(group: _Group, *, commit: bool) -> None:
    try:
        if commit:
            await group.connection.commit()
            group.outcome.set_result(None)
        else:
            await group.connection.rollback()
            group.outcome.set_exception(WriteLost)
    except Exception as error:  # noqa: BLE001 - whatever it is, everybody of the group is told
        group.outcome.set_exception(error)
        # What state it is in nobody knows; closing it for good rolls back.
        await group.connection.invalidate()
    finally:
        group.outcome.exception()  # looked at, even where nobody is left to be told
        await group.connection.close()
