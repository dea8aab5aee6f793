"""Connections to PostgreSQL: noticed when the server ended them, given back whoever breaks off, one statement for a read."""

import asyncio

import pytest
from sqlalchemy import event, func, insert, select, text

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import used_tokens
from postgres import Cluster

pytestmark = pytest.mark.anyio


async def use(database: Database, name: str) -> int:
    async with database.write() as connection:
        await connection.execute(insert(used_tokens).values(token_hash=name, used_at=1.0))
    async with database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(used_tokens)) or 0


async def test_connections_that_the_server_ended_meanwhile_fail_nobody(cluster: Cluster) -> None:
    url = cluster.new_database()
    database, other = open_database(url), open_database(url)
    try:
        await migrate(database)
        # Several at once, so that the pools hold several.
        await asyncio.gather(*(use(database, f"before {number}") for number in range(4)))
        async with other.write() as connection:
            ended = text(
                "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert (await connection.scalars(ended)).all().count(True) >= 4
        assert await use(database, "after") == 5
    finally:
        await database.close()
        await other.close()


async def test_a_read_sees_what_was_committed_before_each_statement_and_holds_nothing_open(
    cluster: Cluster,
) -> None:
    database = open_database(cluster.new_database())
    try:
        await migrate(database)
        async with database.read() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            assert await connection.scalar(select(func.count()).select_from(used_tokens)) == 0
            assert raw.pgconn.transaction_status == 0  # idle: no transaction is open
            await use(database, "meanwhile")
            assert await connection.scalar(select(func.count()).select_from(used_tokens)) == 1
    finally:
        await database.close()


async def test_a_connection_comes_back_although_its_user_is_cancelled_while_giving_it_back(
    cluster: Cluster,
) -> None:
    engine = open_database(cluster.new_database()).engine
    user: asyncio.Task[None] | None = None
    given_back: list[object] = []

    async def use_it() -> None:
        async with engine.connect() as connection:
            await connection.scalar(text("SELECT 1"))
            assert user is not None
            asyncio.get_running_loop().call_soon(user.cancel)

    event.listen(engine.sync_engine, "checkin", lambda connection, _record: given_back.append(connection))
    user = asyncio.ensure_future(use_it())
    with pytest.raises(asyncio.CancelledError):
        await user
    assert len(given_back) == 1
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 2")) == 2
    await engine.dispose()
