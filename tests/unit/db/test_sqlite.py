"""SQLite near the event loop: only what may wait goes to a thread, and a cancelled wait leaves nothing half done."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.sqlite import NearConnection

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path / 'near.db'}")
    async with opened.write() as connection:
        await connection.execute(text("CREATE TABLE sites (name TEXT PRIMARY KEY)"))
    yield opened
    await opened.close()


@asynccontextmanager
async def another_writer(path: Path) -> AsyncIterator[sqlite3.Connection]:
    """Another process's write transaction, as SQLite sees it: a connection of its own that holds the lock."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.scalars(text("SELECT name FROM sites ORDER BY name"))).all())


async def test_statements_run_where_they_are_asked_for(database: Database) -> None:
    threads: dict[str, str] = {}

    def note(name: str) -> int:
        threads[name] = threading.current_thread().name
        return 1

    async with database.write() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, NearConnection)
        driver.create_function("note", 1, note)
        await connection.execute(text("SELECT note('statement')"))
    assert threads["statement"] == threading.main_thread().name


async def test_only_a_commit_that_stores_something_leaves_the_event_loop(database: Database) -> None:
    loop = asyncio.get_running_loop()
    handed_over: list[str] = []
    hand_over = loop.run_in_executor

    def note(executor: Any, doing: Callable[[], Any]) -> asyncio.Future[Any]:
        handed_over.append(doing.__name__)
        return hand_over(executor, doing)

    with patch.object(loop, "run_in_executor", note):
        assert await names(database) == []
        async with database.write() as connection:
            assert (await connection.scalars(text("SELECT name FROM sites"))).all() == []
        assert handed_over == []
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO sites VALUES ('hand')"))
        assert handed_over == ["commit"]
        assert await names(database) == ["hand"]
        assert handed_over == ["commit"]


async def test_the_event_loop_goes_on_while_another_process_holds_the_write_lock(
    database: Database, tmp_path: Path
) -> None:
    turns = 0
    async with another_writer(tmp_path / "near.db") as other:

        async def insert() -> None:
            async with database.write() as connection:
                await connection.execute(text("INSERT INTO sites VALUES ('forearm')"))

        waiting = asyncio.create_task(insert())
        while turns < 50:  # would end at the first turn if the loop stood still for the lock
            await asyncio.sleep(0)
            turns += 1
        assert not waiting.done()
        assert await names(database) == []
        other.execute("ROLLBACK")
        await waiting
    assert await names(database) == ["forearm"]


async def test_a_cancelled_wait_for_the_lock_leaves_connection_and_database_usable(
    database: Database, tmp_path: Path
) -> None:
    begun = asyncio.Event()
    async with another_writer(tmp_path / "near.db") as other:

        async def insert() -> None:
            begun.set()
            async with database.write() as connection:
                await connection.execute(text("INSERT INTO sites VALUES ('never')"))

        waiting = asyncio.create_task(insert())
        await begun.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        waiting.cancel()
        asyncio.get_running_loop().call_later(0.05, other.execute, "ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO sites VALUES ('thigh')"))
    assert await names(database) == ["thigh"]


async def test_a_failed_statement_rolls_the_whole_transaction_back(database: Database) -> None:
    async def add_twice() -> None:
        async with database.write() as connection:
            for _ in range(2):
                await connection.execute(text("INSERT INTO sites VALUES ('foot')"))

    with pytest.raises(IntegrityError):
        await add_twice()
    assert await names(database) == []


async def test_forty_at_once_read_and_write_without_waiting_for_connections(database: Database) -> None:
    async def add(number: int) -> None:
        async with database.write() as connection:
            await connection.execute(text("INSERT INTO sites VALUES (:name)"), {"name": f"site {number:02}"})
        await names(database)

    await asyncio.gather(*(add(number) for number in range(40)))
    assert len(await names(database)) == 40


async def test_whoever_asks_and_asks_lets_others_have_their_turn(database: Database) -> None:
    async def add() -> None:
        for number in range(3):
            async with database.write() as connection:
                await connection.execute(text("INSERT INTO sites VALUES (:name)"), {"name": f"site {number}"})

    adding = asyncio.create_task(add())
    while not adding.done():  # would never end if asking did not let go of the event loop
        await names(database)
    assert len(await names(database)) == 3
