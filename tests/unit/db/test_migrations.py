"""Migrations: they make the tables that the code declares, and can be run again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, insert, inspect, select

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import alembic_config, current_revision, migrate, newest_revision
from clinicpro_images.db.tables import metadata, used_tokens

pytestmark = pytest.mark.anyio


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'clinicpro.db'}"


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(url(tmp_path))
    yield database
    await database.close()


async def test_migrating_makes_exactly_the_declared_tables(database: Database) -> None:
    await migrate(database)
    # Raises when the models would need another migration: columns, types, indexes, constraints.
    await database.write(lambda work: command.check(alembic_config(work.connection)))
    assert await database.read(table_names) == {*metadata.tables, "alembic_version"}


async def test_migrating_again_changes_nothing_and_keeps_what_is_stored(database: Database) -> None:
    await migrate(database)
    row = insert(used_tokens).values(token_hash="a", used_at=1.0)
    await database.write(lambda work: work.connection.execute(row))
    await migrate(database)
    stored = select(used_tokens.c.token_hash)
    assert await database.read(lambda connection: connection.scalars(stored).all()) == ["a"]


async def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    databases = [open_database(url(tmp_path)) for _ in range(3)]
    try:
        await asyncio.gather(*(migrate(each) for each in databases))
        assert set(metadata.tables) <= await databases[0].read(table_names)
    finally:
        for each in databases:
            await each.close()


async def test_the_newest_revision_is_the_one_that_migrating_leads_to(database: Database) -> None:
    await migrate(database)
    assert await database.read(current_revision) == newest_revision()
