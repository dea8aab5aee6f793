"""Connections to PostgreSQL: replaced if the server closed them, returned by every user, and idle between statements."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork
from postgres import Cluster

pytestmark = pytest.mark.anyio

COUNT = select(func.count()).select_from(used_tokens)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = open_database(url)
    yield database
    await database.close()


def add(work: UnitOfWork, name: str) -> None:
    work.connection.execute(insert(used_tokens).values(token_hash=name, used_at=1.0))


def count(connection: Connection) -> int:
    return connection.scalar(COUNT) or 0


async def use(database: Database, name: str) -> int:
    await database.write(add, name)
    return await database.read(count)


async def test_connections_that_the_server_closed_are_replaced(cluster: Cluster) -> None:
    url = cluster.new_database()

    def end_others(connection: Connection) -> int:
        ended = text(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return connection.scalars(ended).all().count(True)

    async with opened(url) as database, opened(url) as other:
        # Several at once, so that the pool holds several.
        together = threading.Barrier(4)
        await asyncio.gather(*(database.read(lambda _: together.wait(20)) for _ in range(4)))
        assert await use(database, "before") == 1
        assert await other.read(end_others) >= 4
        assert await use(database, "after") == 2


async def test_a_read_sees_what_was_committed_before_each_statement_and_holds_nothing_open(
    cluster: Cluster,
) -> None:
    began, go_on = threading.Event(), threading.Event()

    def count_twice(connection: Connection) -> list[int]:
        raw: Any = connection.connection.driver_connection
        counted = [count(connection), raw.pgconn.transaction_status]
        began.set()
        assert go_on.wait(20)
        return [*counted, count(connection)]

    async with opened(cluster.new_database()) as database:
        reading = asyncio.create_task(database.read(count_twice))
        assert await asyncio.to_thread(began.wait, 20)
        await database.write(add, "since")
        go_on.set()
        idle = 0  # no transaction is open
        assert await reading == [0, idle, 1]


async def test_a_connection_is_returned_even_if_its_user_is_cancelled(cluster: Cluster) -> None:
    async with opened(cluster.new_database()) as database:
        for run in (database.read, database.write):
            began, go_on, given_back = threading.Event(), threading.Event(), threading.Event()

            def slow(_: object, began: threading.Event = began, go_on: threading.Event = go_on) -> None:
                began.set()
                assert go_on.wait(20)

            def note(_connection: object, _record: object, back: threading.Event = given_back) -> None:
                back.set()

            event.listen(database.backend.writing, "checkin", note)
            user = asyncio.create_task(run(slow))
            assert await asyncio.to_thread(began.wait, 20)
            user.cancel()
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await user
            assert await asyncio.to_thread(given_back.wait, 20)
            event.remove(database.backend.writing, "checkin", note)
        assert await use(database, "after") == 1


async def test_more_at_once_than_there_are_connections_wait_for_one(cluster: Cluster) -> None:
    async with opened(cluster.new_database()) as database:
        await asyncio.gather(*(use(database, str(number)) for number in range(60)))
        assert await database.read(count) == 60
        used = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        assert (await database.read(lambda connection: connection.scalar(used)) or 0) <= 24


async def test_a_write_that_fails_is_rolled_back_completely(cluster: Cluster) -> None:
    def add_twice(work: UnitOfWork) -> None:
        add(work, "a")
        add(work, "a")

    async with opened(cluster.new_database()) as database:
        with pytest.raises(IntegrityError) as caught:
            await database.write(add_twice)
        assert "[parameters" not in str(caught.value)
        assert await use(database, "a") == 1


async def test_erasing_leaves_the_next_user_of_a_connection_no_time_out(cluster: Cluster) -> None:
    timeout = text("SHOW lock_timeout")
    async with opened(cluster.new_database()) as database:
        before = await database.read(lambda connection: connection.scalar(timeout))
        await database.erase_deleted()
        await database.erase_deleted(rewrite=True)
        assert await database.read(lambda connection: connection.scalar(timeout)) == before


async def test_closing_finishes_what_is_running_and_refuses_what_comes_after(cluster: Cluster) -> None:
    url = cluster.new_database()
    async with opened(url) as database:
        writes = [asyncio.create_task(database.write(add, str(number))) for number in range(40)]
        await asyncio.sleep(0)
        await database.close()
        await asyncio.gather(*writes)
        with pytest.raises(RuntimeError):
            await database.read(count)
    async with opened(url) as again:
        assert await again.read(count) == 40
