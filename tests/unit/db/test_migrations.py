"""Migrations: they make the tables that the code declares, and can be run again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, inspect, select, text

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import alembic_config, migrate, newest
from clinicpro_images.db.tables import metadata, used_tokens

pytestmark = pytest.mark.anyio


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'clinicpro.db'}"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(url(tmp_path))
    yield database
    await database.close()


async def test_migrating_makes_exactly_the_declared_tables(database: Database) -> None:
    await migrate(database)
    async with database.write() as connection:
        # Raises when the models would need another migration: columns, types, indexes, constraints.
        await connection.run_sync(lambda sync: command.check(alembic_config(sync)))
        names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert names == {*metadata.tables, "alembic_version"}


async def test_migrating_again_changes_nothing_and_keeps_what_is_stored(database: Database) -> None:
    await migrate(database)
    async with database.write() as connection:
        await connection.execute(insert(used_tokens).values(token_hash="a", used_at=1.0))
    await migrate(database)
    async with database.read() as connection:
        assert (await connection.scalars(select(used_tokens.c.token_hash))).all() == ["a"]


async def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    databases = [open_database(url(tmp_path)) for _ in range(3)]
    try:
        await asyncio.gather(*(migrate(each) for each in databases))
        async with databases[0].read() as connection:
            names = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
        assert set(metadata.tables) <= names
    finally:
        for each in databases:
            await each.close()


async def test_the_newest_revision_is_the_one_that_migrating_leads_to(database: Database) -> None:
    await migrate(database)
    async with database.read() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == newest()
