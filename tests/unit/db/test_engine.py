"""The engine: writers queue, also across processes' engines, and what breaks off leaves nothing."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.database import Database, now_seconds, open_database
from clinicpro_images.db.group_commit import WriteLost
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.sqlite import NearConnection
from clinicpro_images.db.tables import used_tokens

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
        seen = await connection.scalar(
            select(used_tokens.c.used_at).where(used_tokens.c.token_hash == "count")
        )
        await asyncio.sleep(0)
        await connection.execute(
            update(used_tokens).where(used_tokens.c.token_hash == "count").values(used_at=(seen or 0.0) + 1)
        )


@pytest.mark.parametrize("engines", [1, 2])
async def test_many_writers_at_once_never_meet_a_locked_database_and_lose_no_write(
    databases: list[Database], engines: int
) -> None:
    async with databases[0].write() as connection:
        await connection.execute(insert(used_tokens).values(token_hash="count", used_at=0.0))

    async def writer(number: int) -> None:
        for _ in range(WRITES):
            await add_one(databases[number % engines])

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))
    async with databases[0].read() as connection:
        assert await connection.scalar(select(used_tokens.c.used_at)) == WRITERS * WRITES


async def test_reading_goes_on_while_another_writes(databases: list[Database]) -> None:
    async with databases[0].write() as writing:
        await writing.execute(insert(used_tokens).values(token_hash="a", used_at=1.0))
        for database in databases:
            async with asyncio.timeout(5), database.read() as reading:
                assert await reading.scalar(select(func.count()).select_from(used_tokens)) == 0


async def test_a_write_that_breaks_off_leaves_nothing_and_lets_the_next_in(databases: list[Database]) -> None:
    class BrokeOff(Exception):
        pass

    async def write_and_break_off() -> None:
        async with databases[0].write() as connection:
            await connection.execute(insert(used_tokens).values(token_hash="a", used_at=1.0))
            raise BrokeOff

    with pytest.raises(BrokeOff):
        await write_and_break_off()
    async with asyncio.timeout(5), databases[1].write() as connection:
        assert await connection.scalar(select(func.count()).select_from(used_tokens)) == 0


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
        await connection.execute(insert(used_tokens).values(token_hash="a", used_at=1.0))


async def test_what_the_database_refuses_is_told_without_the_values(databases: list[Database]) -> None:
    telling = {"token_hash": "ZZZ0016", "used_at": 1.0}
    async with databases[0].write() as connection:
        await connection.execute(insert(used_tokens).values(**telling))
        with pytest.raises(IntegrityError) as caught:
            await connection.execute(insert(used_tokens).values(**telling))
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


async def add(database: Database, name: str, *, breaks_off: bool = False) -> None:
    async with database.write() as connection:
        await connection.execute(insert(used_tokens).values(token_hash=name, used_at=1.0))
        await asyncio.sleep(0)
        if breaks_off:
            raise BrokeOff


class BrokeOff(Exception):
    pass


async def names(database: Database) -> set[str]:
    async with database.read() as connection:
        return set((await connection.scalars(select(used_tokens.c.token_hash))).all())


async def test_writers_that_wait_share_a_commit_and_one_that_breaks_off_takes_only_its_own_with_it(
    databases: list[Database],
) -> None:
    commits = []
    event.listen(databases[0].engine.sync_engine, "commit", lambda _: commits.append(1))
    wanted = [f"{number:02}" for number in range(40)]
    ended = await asyncio.gather(
        *(add(databases[0], name, breaks_off=name.endswith("5")) for name in wanted), return_exceptions=True
    )
    assert [isinstance(each, BrokeOff) for each in ended] == [name.endswith("5") for name in wanted]
    assert await names(databases[1]) == {name for name in wanted if not name.endswith("5")}
    assert 1 <= len(commits) <= 6


@pytest.mark.parametrize("breaking", ["00", "03", "07"])
async def test_first_middle_and_last_of_a_group_may_break_off(
    databases: list[Database], breaking: str
) -> None:
    wanted = [f"{number:02}" for number in range(8)]
    await asyncio.gather(
        *(add(databases[0], name, breaks_off=name == breaking) for name in wanted), return_exceptions=True
    )
    assert await names(databases[1]) == set(wanted) - {breaking}


async def test_nobody_hears_that_a_write_is_stored_before_it_is(databases: list[Database]) -> None:
    seen: list[bool] = []

    async def write(name: str) -> None:
        await add(databases[0], name)
        seen.append(name in await names(databases[1]))

    await asyncio.gather(*(write(str(number)) for number in range(30)))
    assert seen == [True] * 30


async def test_a_commit_that_fails_is_told_to_everybody_of_the_group(databases: list[Database]) -> None:
    def fail(_connection: object) -> None:
        raise OSError("No space left on device")

    event.listen(databases[0].engine.sync_engine, "commit", fail)
    ended = await asyncio.gather(
        *(add(databases[0], str(number)) for number in range(5)), return_exceptions=True
    )
    assert [type(each) for each in ended] == [OSError] * 5
    event.remove(databases[0].engine.sync_engine, "commit", fail)
    assert await names(databases[1]) == set()
    await add(databases[0], "after")
    assert await names(databases[1]) == {"after"}


async def test_a_transaction_that_sqlite_ends_by_itself_is_told_to_everybody_who_was_in_it(
    databases: list[Database],
) -> None:
    async def disk_fails() -> None:
        async with databases[0].write() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert isinstance(raw, NearConnection)
            raw.do("ROLLBACK")  # as SQLite does on a full disk
            raise BrokeOff

    writes = [add(databases[0], "a"), add(databases[0], "b"), disk_fails(), add(databases[0], "c")]
    ended = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(each) for each in ended[:2]] == [WriteLost] * 2
    assert isinstance(ended[2], Exception)
    assert ended[3] is None
    assert await names(databases[1]) == {"c"}


async def test_a_writer_that_is_cancelled_in_a_group_takes_only_its_own_with_it(
    databases: list[Database],
) -> None:
    began = asyncio.Event()

    async def slow() -> None:
        async with databases[0].write() as connection:
            await connection.execute(insert(used_tokens).values(token_hash="slow", used_at=1.0))
            began.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(add(databases[0], "first"))
    second = asyncio.create_task(slow())
    third = asyncio.create_task(add(databases[0], "third"))
    await began.wait()
    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert await names(databases[1]) == {"first", "third"}


async def test_who_meets_a_row_of_another_writer_finds_that_row_afterwards(databases: list[Database]) -> None:
    async def add_or_find() -> str:
        try:
            await add(databases[0], "one")
        except IntegrityError:
            assert "one" in await names(databases[0])
            return "found"
        return "added"

    others = (add(databases[0], str(number)) for number in range(12))
    ended = await asyncio.gather(add_or_find(), add_or_find(), add_or_find(), *others)
    assert sorted(filter(None, ended)) == ["added", "found", "found"]


@pytest.mark.parametrize("turns", range(6))
async def test_a_writer_that_is_cancelled_while_it_waits_holds_nobody_up(
    databases: list[Database], turns: int
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with databases[0].write() as connection:
            await connection.execute(insert(used_tokens).values(token_hash="first", used_at=1.0))
            began.set()
            await go_on.wait()

    writing = asyncio.create_task(first())
    await began.wait()
    waiting = asyncio.create_task(add(databases[0], "waiting"))
    await asyncio.sleep(0)
    go_on.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5):
        await writing
        await asyncio.gather(waiting, return_exceptions=True)
    await add(databases[0], "after")
    assert {"first", "after"} <= await names(databases[1])
