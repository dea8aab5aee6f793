"""The engine: writers queue, also across processes' engines, and what breaks off leaves nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.engine import Database, now_seconds, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import launches

pytestmark = pytest.mark.anyio

WRITERS, WRITES = 12, 8


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[list[Database]]:
    """Two engines on one file, as two processes have them."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'clinicpro.db'}"
    databases = [open_database(url), open_database(url)]
    await migrate(databases[0])
    yield databases
    for each in databases:
        await each.close()


async def add_one(database: Database) -> None:
    """Read, pause, then write: what fails when a lock is taken too late."""
    async with database.write() as connection:
        seen = await connection.scalar(select(launches.c.used_at).where(launches.c.context_hash == "count"))
        await asyncio.sleep(0)
        await connection.execute(
            update(launches).where(launches.c.context_hash == "count").values(used_at=(seen or 0.0) + 1)
        )


@pytest.mark.parametrize("engines", [1, 2])
async def test_many_writers_at_once_never_meet_a_locked_database_and_lose_no_write(
    databases: list[Database], engines: int
) -> None:
    async with databases[0].write() as connection:
        await connection.execute(insert(launches).values(context_hash="count", used_at=0.0))

    async def writer(number: int) -> None:
        for _ in range(WRITES):
            await add_one(databases[number % engines])

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    async with databases[0].read() as connection:
        assert await connection.scalar(select(launches.c.used_at)) == WRITERS * WRITES


async def test_reading_goes_on_while_another_writes(databases: list[Database]) -> None:
    async with databases[0].write() as writing:
        await writing.execute(insert(launches).values(context_hash="a", used_at=1.0))
        for database in databases:
            async with asyncio.timeout(5), database.read() as reading:
                assert await reading.scalar(select(func.count()).select_from(launches)) == 0


async def test_a_write_that_breaks_off_leaves_nothing_and_lets_the_next_in(databases: list[Database]) -> None:
    class BrokeOff(Exception):
        pass

    async def write_and_break_off() -> None:
        async with databases[0].write() as connection:
            await connection.execute(insert(launches).values(context_hash="a", used_at=1.0))
            raise BrokeOff

    with pytest.raises(BrokeOff):
        await write_and_break_off()
    async with asyncio.timeout(5), databases[1].write() as connection:
        assert await connection.scalar(select(func.count()).select_from(launches)) == 0


async def test_a_writer_that_is_cancelled_lets_the_next_in(databases: list[Database]) -> None:
    began = asyncio.Event()

    async def slow() -> None:
        async with databases[0].write():
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(slow())
    await began.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), databases[0].write() as connection:
        await connection.execute(insert(launches).values(context_hash="a", used_at=1.0))


async def test_what_the_database_refuses_is_told_without_the_values(databases: list[Database]) -> None:
    telling = {"context_hash": "ZZZ0016", "used_at": 1.0}
    async with databases[0].write() as connection:
        await connection.execute(insert(launches).values(**telling))
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(insert(launches).values(**telling))
    assert "ZZZ0016" not in str(caught.value)


async def test_the_databases_clock_is_seconds_since_1970(databases: list[Database]) -> None:
    async with databases[0].read() as connection:
        told = await connection.scalar(select(now_seconds()))
    assert told == pytest.approx(time.time(), abs=5)


async def test_every_connection_survives_a_power_cut_and_really_deletes(databases: list[Database]) -> None:
    async with databases[0].read() as connection:
        pragmas = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
