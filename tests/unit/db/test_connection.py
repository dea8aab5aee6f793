"""SQLAlchemy's Core from async code: blocks commit or roll back, and rows come whole or in batches."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError

from clinicpro_images.db.connection import AsyncEngine
from clinicpro_images.db.database import open_database

pytestmark = pytest.mark.anyio

NUMBERS = Table("numbers", MetaData(), Column("number", Integer, primary_key=True))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'numbers.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(NUMBERS.create)
    yield database.engine
    await database.close()


async def numbers(engine: AsyncEngine) -> list[int]:
    async with engine.connect() as connection:
        return list(await connection.scalars(select(NUMBERS.c.number).order_by(NUMBERS.c.number)))


async def test_a_block_that_is_left_is_committed(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(NUMBERS), [{"number": 1}, {"number": 2}])
    assert await numbers(engine) == [1, 2]


async def test_a_block_that_breaks_off_leaves_nothing(engine: AsyncEngine) -> None:
    async def break_off() -> None:
        async with engine.begin() as connection:
            await connection.execute(insert(NUMBERS), [{"number": 1}])
            await connection.execute(insert(NUMBERS), [{"number": 1}])

    with pytest.raises(IntegrityError):
        await break_off()
    assert await numbers(engine) == []


async def test_rows_come_in_batches_until_there_are_none(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(NUMBERS), [{"number": number} for number in range(7)])
    async with engine.connect() as connection:
        query = select(NUMBERS).order_by(NUMBERS.c.number)
        batches = [[row.number for row in batch] async for batch in connection.batches(query, 3)]
    assert batches == [[0, 1, 2], [3, 4, 5], [6]]
