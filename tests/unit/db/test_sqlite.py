"""SQLite: readers never wait for writers, what breaks off leaves nothing, and nothing holds the event loop up."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import place_migrated, sqlite_url
from unit.db.writing import (
    BrokeOff,
    add,
    add_and_break_off,
    another_writer,
    names,
    names_in,
)

pytestmark = pytest.mark.anyio

WRITERS, WRITES = 12, 8


@pytest.mark.parametrize("processes", [1, 2])
async def test_many_writers_at_once_never_meet_a_locked_database_and_lose_no_write(
    databases: list[Database], processes: int
) -> None:
    def count_up(work: UnitOfWork) -> None:
        """Read, pause, then write: what fails when the lock is taken too late."""
        counted = work.connection.scalar(select(used_tokens.c.used_at))
        time.sleep(0)
        work.connection.execute(update(used_tokens).values(used_at=(counted or 0.0) + 1))

    async def writer(number: int) -> None:
        for _ in range(WRITES):
            await databases[number % processes].write(count_up)

    await databases[0].write(add, "count")
    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    counted = await databases[0].read(lambda each: each.scalar(select(used_tokens.c.used_at)))
    assert counted == 1 + WRITERS * WRITES


async def test_reading_goes_on_while_another_writes(databases: list[Database]) -> None:
    added, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork) -> None:
        add(work, "a")
        added.set()
        assert go_on.wait(20)

    writing = asyncio.create_task(databases[0].write(slow))
    assert await asyncio.to_thread(added.wait, 20)
    for database in databases:
        async with asyncio.timeout(5):
            assert await names(database) == set()
    go_on.set()
    await writing
    assert await names(databases[1]) == {"a"}


async def test_everything_that_one_function_reads_is_of_one_moment(databases: list[Database]) -> None:
    began, go_on = threading.Event(), threading.Event()

    def read_twice(connection: Connection) -> list[set[str]]:
        before = names_in(connection)
        began.set()
        assert go_on.wait(20)
        return [before, names_in(connection)]

    reading = asyncio.create_task(databases[0].read(read_twice))
    assert await asyncio.to_thread(began.wait, 20)
    await databases[1].write(add, "later")
    go_on.set()
    assert await reading == [set(), set()]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await database.read(
            lambda each: each.execute(insert(used_tokens).values(token_hash="a", used_at=1.0))
        )
    assert await names(database) == set()


async def test_a_write_that_breaks_off_leaves_nothing_and_lets_the_next_in(databases: list[Database]) -> None:
    with pytest.raises(BrokeOff):
        await databases[0].write(add_and_break_off, "a")
    async with asyncio.timeout(5):
        await databases[1].write(add, "b")
    assert await names(databases[0]) == {"b"}


async def test_a_failed_statement_rolls_the_whole_transaction_back(database: Database) -> None:
    def add_twice(work: UnitOfWork) -> None:
        add(work, "a")
        add(work, "a")

    with pytest.raises(IntegrityError):
        await database.write(add_twice)
    assert await names(database) == set()


async def test_what_the_database_refuses_is_reported_without_the_values(database: Database) -> None:
    await database.write(add, "ZZZ0016")
    with pytest.raises(IntegrityError) as caught:
        await database.write(add, "ZZZ0016")
    assert "ZZZ0016" not in str(caught.value)


async def test_the_databases_clock_is_seconds_since_1970(database: Database) -> None:
    now = await database.read(lambda each: each.scalar(select(now_seconds())))
    assert now == pytest.approx(time.time(), abs=5)


async def test_every_connection_survives_a_power_cut_and_really_deletes(database: Database) -> None:
    def pragmas(connection: Connection) -> dict[str, Any]:
        found = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in found}

    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert await database.read(pragmas) == expected
    assert await database.write(lambda work: pragmas(work.connection)) == expected


async def test_rows_come_in_batches_until_there_are_none(database: Database) -> None:
    def batches(connection: Connection) -> list[list[str]]:
        query = select(used_tokens.c.token_hash).order_by(used_tokens.c.token_hash)
        found = connection.execution_options(yield_per=3).scalars(query).partitions()
        return [list(batch) for batch in found]

    await asyncio.gather(*(database.write(add, str(number)) for number in range(7)))
    assert await database.read(batches) == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


async def test_functions_run_in_threads_of_their_own_and_never_on_the_event_loop(database: Database) -> None:
    def thread(_: object) -> str:
        return threading.current_thread().name

    assert (await database.read(thread)).startswith("sqlite-read")
    assert await database.write(thread) == "sqlite-write"


async def test_the_event_loop_goes_on_while_another_process_holds_the_write_lock(
    database: Database, tmp_path: Path
) -> None:
    with another_writer(tmp_path) as other:
        waiting = asyncio.create_task(database.write(add, "forearm"))
        for _ in range(50):  # would end at the first turn if the loop waited for the lock
            await asyncio.sleep(0)
        assert not waiting.done()
        assert await names(database) == set()
        other.execute("ROLLBACK")
        await waiting
    assert await names(database) == {"forearm"}


async def test_a_cancelled_wait_for_the_lock_leaves_the_database_usable(
    database: Database, tmp_path: Path
) -> None:
    with another_writer(tmp_path) as other:
        waiting = asyncio.create_task(database.write(add, "forearm"))
        for _ in range(20):
            await asyncio.sleep(0)
        waiting.cancel()
        asyncio.get_running_loop().call_later(0.05, other.execute, "ROLLBACK")
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await database.write(add, "thigh")
    assert await names(database) == {"forearm", "thigh"}  # whole, and before the caller went on


async def test_forty_at_once_read_and_write_without_waiting_for_connections(database: Database) -> None:
    async def add_and_read(number: int) -> None:
        await database.write(add, f"site {number:02}")
        await names(database)

    await asyncio.gather(*(add_and_read(number) for number in range(40)))
    assert len(await names(database)) == 40


async def test_constant_reading_lets_writers_have_their_turn(database: Database) -> None:
    async def add_three() -> None:
        for number in range(3):
            await database.write(add, f"site {number}")

    adding = asyncio.create_task(add_three())
    async with asyncio.timeout(20):
        while not adding.done():
            await names(database)
    assert len(await names(database)) == 3


async def test_closing_finishes_what_is_queued_and_refuses_what_comes_after(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "closed.db")
    place_migrated(url)
    database = open_database(url)
    queued = [asyncio.create_task(database.write(add, str(number))) for number in range(20)]
    reading = asyncio.create_task(names(database))
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*queued) == [str(number) for number in range(20)]
    await reading
    async with asyncio.timeout(5):
        with pytest.raises(RuntimeError, match="closed"):
            await database.write(add, "after")
        with pytest.raises(RuntimeError):
            await names(database)
    again = open_database(url)
    assert await again.read(lambda each: each.scalar(select(func.count()).select_from(used_tokens))) == 20
    await again.close()


async def test_deleted_bytes_leave_the_files(database: Database, tmp_path: Path) -> None:
    await database.write(add, "a telling value")
    await database.write(lambda work: work.connection.execute(used_tokens.delete()))
    await database.erase_deleted()
    files = [tmp_path / "clinicpro.db", tmp_path / "clinicpro.db-wal"]
    assert not any(b"a telling value" in each.read_bytes() for each in files)
