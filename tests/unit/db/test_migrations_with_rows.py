"""Each migration keeps the rows of a database in use, whichever revision it is at: rows that refer to each other."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, func, insert, select

from clinicpro_images.db.database import Database, open_database
from clinicpro_images.db.migrate import alembic_config
from clinicpro_images.db.unit_of_work import UnitOfWork
from postgres import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'clinicpro.db'}"
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.empty_database()
    database = open_database(url)
    yield database
    await database.close()


async def test_every_migration_keeps_every_row(database: Database) -> None:
    counted: dict[str, int] = {}
    for revision in await database.read(_revisions):
        await database.write(_upgrade, revision)
        tables = await database.write(_fill)
        # Tables are renamed by 0007, and none is dropped: their rows are as many as before.
        assert sum(tables.values()) >= sum(counted.values())
        counted = tables
        assert set(counted.values()) == {1}, revision
    assert {"images", "jobs", "job_transitions", "commit_images", "sessions"} <= set(counted)


def _revisions(connection: Connection) -> list[str]:
    script = ScriptDirectory.from_config(alembic_config(connection))
    return [each.revision for each in script.walk_revisions()][::-1]


def _upgrade(work: UnitOfWork, revision: str) -> None:
    command.upgrade(alembic_config(work.connection), revision)


def _fill(work: UnitOfWork) -> dict[str, int]:
    """Give each table that has none a row, which refers to the row of each table that it can refer to."""
    there = MetaData()
    there.reflect(work.connection)
    counted = {}
    for table in there.sorted_tables:
        if table.name == "alembic_version":
            continue
        if not _count(work.connection, table):
            work.connection.execute(insert(table).values({each.name: _value(each) for each in table.columns}))
        counted[table.name] = _count(work.connection, table)
    return counted


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _value(column: sa.Column[Any]) -> object:
    """Every key is the same, so that every reference leads somewhere."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, sa.Float):
        return 1.0
    return b"1" if isinstance(kind, sa.LargeBinary) else "1"
