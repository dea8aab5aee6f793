"""SQLite: what queues up shares a transaction, readers never wait for it, and what breaks off leaves nothing."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import DatabaseUnavailable
from databases import place_migrated, sqlite_url

pytestmark = pytest.mark.anyio

WRITERS, WRITES = 12, 8


class BrokeOff(Exception):
    pass


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[list[Database]]:
    """One file opened twice, as two processes have it."""
    url = sqlite_url(tmp_path / "clinicpro.db")
    place_migrated(url)
    databases = [open_database(url), open_database(url)]
    yield databases
    for each in databases:
        await each.close()


@pytest.fixture
def database(databases: list[Database]) -> Database:
    return databases[0]


@contextmanager
def another_writer(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another process's write transaction: a connection of its own that holds the lock."""
    other = sqlite3.connect(folder / "clinicpro.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


def add(work: UnitOfWork, name: str) -> str:
    work.connection.execute(insert(used_tokens).values(token_hash=name, used_at=1.0))
    return name


def add_and_break_off(work: UnitOfWork, name: str) -> None:
    add(work, name)
    raise BrokeOff


def names_in(connection: Connection) -> set[str]:
    return set(connection.scalars(select(used_tokens.c.token_hash)))


async def names(database: Database) -> set[str]:
    return await database.read(names_in)


async def together(database: Database, *functions: Callable[[UnitOfWork], Any]) -> list[Any]:
    """Run the functions as they run when they have queued up: the writer begins once all of them are there."""
    queued = threading.Event()

    def first(work: UnitOfWork) -> Any:
        assert queued.wait(20)
        return functions[0](work)

    tasks = [asyncio.create_task(database.write(each)) for each in (first, *functions[1:])]
    await asyncio.sleep(0)
    queued.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def counted_commits(database: Database) -> Iterator[list[int]]:
    commits: list[int] = []

    def count(_connection: Connection) -> None:
        commits.append(1)

    event.listen(database.backend.writing, "commit", count)
    yield commits
    event.remove(database.backend.writing, "commit", count)


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


async def test_writers_that_queue_share_a_commit_and_one_that_breaks_off_takes_only_its_own_with_it(
    databases: list[Database],
) -> None:
    wanted = [f"{number:02}" for number in range(40)]
    functions = [partial(add_and_break_off if name.endswith("5") else add, name=name) for name in wanted]
    with counted_commits(databases[0]) as commits:
        ended = await together(databases[0], *functions)
    assert [isinstance(each, BrokeOff) for each in ended] == [name.endswith("5") for name in wanted]
    assert [each for each in ended if not isinstance(each, BrokeOff)] == [
        name for name in wanted if not name.endswith("5")
    ]
    assert await names(databases[1]) == {name for name in wanted if not name.endswith("5")}
    assert len(commits) == 3  # of sixteen at most


@pytest.mark.parametrize("breaking", ["00", "03", "07"])
async def test_first_middle_and_last_of_a_group_may_break_off(
    databases: list[Database], breaking: str
) -> None:
    wanted = [f"{number:02}" for number in range(8)]
    functions = [partial(add_and_break_off if name == breaking else add, name=name) for name in wanted]
    ended = await together(databases[0], *functions)
    assert [name for name, each in zip(wanted, ended, strict=True) if isinstance(each, BrokeOff)] == [
        breaking
    ]
    assert await names(databases[1]) == set(wanted) - {breaking}


async def test_no_caller_continues_before_its_write_is_stored(databases: list[Database]) -> None:
    seen: list[bool] = []

    async def write(name: str) -> None:
        await databases[0].write(add, name)
        seen.append(name in await names(databases[1]))

    await asyncio.gather(*(write(str(number)) for number in range(30)))
    assert seen == [True] * 30


async def test_one_that_breaks_off_raises_only_after_the_commit_of_the_others(
    databases: list[Database],
) -> None:
    async def add_or_find() -> str:
        try:
            await databases[0].write(add, "one")
        except IntegrityError:
            assert "one" in await names(databases[1])
            return "found"
        return "added"

    others = (databases[0].write(add, str(number)) for number in range(12))
    ended = await asyncio.gather(add_or_find(), add_or_find(), add_or_find(), *others)
    assert sorted(ended[:3]) == ["added", "found", "found"]


async def test_a_commit_that_fails_fails_for_everyone_in_the_group(databases: list[Database]) -> None:
    def fail(_connection: object) -> None:
        raise OSError("No space left on device")

    event.listen(databases[0].backend.writing, "commit", fail)
    ended = await together(databases[0], *(partial(add, name=str(number)) for number in range(5)))
    assert [type(each) for each in ended] == [OSError] * 5
    event.remove(databases[0].backend.writing, "commit", fail)
    assert await names(databases[1]) == set()
    await databases[0].write(add, "after")
    assert await names(databases[1]) == {"after"}


@pytest.mark.parametrize("error", [BrokeOff, None])
async def test_a_transaction_that_sqlite_ends_fails_for_everyone_who_was_in_it(
    databases: list[Database], error: type[Exception] | None
) -> None:
    def disk_fails(work: UnitOfWork) -> None:
        raw: Any = work.connection.connection.driver_connection
        raw.execute("ROLLBACK")  # as SQLite does on a full disk
        if error is not None:
            raise error

    ended = await together(
        databases[0], partial(add, name="a"), partial(add, name="b"), disk_fails, partial(add, name="c")
    )
    assert all(isinstance(each, Exception) for each in ended[:3])
    assert ended[3] == "c"
    assert await names(databases[1]) == {"c"}


async def test_a_write_that_swallows_the_end_of_its_transaction_is_not_reported_as_stored(
    databases: list[Database],
) -> None:
    def swallow(work: UnitOfWork) -> str:
        add(work, "lost")
        raw: Any = work.connection.connection.driver_connection
        raw.execute("ROLLBACK")  # as SQLite does on a full disk
        return "stored"

    with pytest.raises(DatabaseUnavailable):
        await databases[0].write(swallow)
    assert await databases[0].write(add, "after") == "after"
    assert await names(databases[1]) == {"after"}


async def test_a_cancelled_caller_waits_for_the_end_of_its_transaction_and_the_others_are_not_touched(
    databases: list[Database],
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork) -> None:
        add(work, "slow")
        began.set()
        assert go_on.wait(20)

    first = asyncio.create_task(databases[0].write(add, "first"))
    second = asyncio.create_task(databases[0].write(slow))
    third = asyncio.create_task(databases[0].write(add, "third"))
    assert await asyncio.to_thread(began.wait, 20)
    second.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not second.done()
    go_on.set()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await second
        assert "slow" in await names(databases[1])
        await asyncio.gather(first, third)
    assert await names(databases[1]) == {"first", "slow", "third"}


@pytest.mark.parametrize("turns", range(4))
async def test_a_writer_that_is_cancelled_while_it_queues_holds_nobody_up(
    databases: list[Database], turns: int
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(work: UnitOfWork) -> None:
        add(work, "first")
        began.set()
        assert go_on.wait(20)

    writing = asyncio.create_task(databases[0].write(slow))
    assert await asyncio.to_thread(began.wait, 20)
    queued = asyncio.create_task(databases[0].write(add, "queued"))
    await asyncio.sleep(0)
    go_on.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    queued.cancel()
    async with asyncio.timeout(5):
        await writing
        await asyncio.gather(queued, return_exceptions=True)
    await databases[0].write(add, "after")
    assert {"first", "after"} <= await names(databases[1])


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
