"""SQLite: writes that queue up share a transaction, and what goes wrong with one touches no other."""

import asyncio
import threading
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.database import Database
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.errors import DatabaseUnavailable
from unit.db.writing import (
    BrokeOff,
    add,
    add_and_break_off,
    counted_commits,
    names,
    together,
)

pytestmark = pytest.mark.anyio


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
