"""Carry an installation's rows from one database to another: all or nothing, and each row compared afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, func, insert, select, text, tuple_

from clinicpro_images.db.connection import AsyncConnection
from clinicpro_images.db.database import Database, now_seconds
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import jobs, metadata

_BATCH = 500


class TransferRefused(Exception):
    """Nothing was moved; `str()` is a sentence that says why."""


@dataclass(frozen=True)
class TransferResult:
    """How many rows of each table were carried and found equal on the other side."""

    rows: dict[str, int]


async def transfer_rows(
    source: Database, target: Database, *, told: Callable[[str, int], None] = lambda _table, _rows: None
) -> TransferResult:
    """Copy every table, in the order of their dependencies, in one transaction of the target.

    The source is held against writing meanwhile. Sealed values and hashes are carried as they are, so both sides need
    the same CLINICPRO_SECRET_KEY. `told` hears of each batch. Raises MoveRefused.
    """
    await migrate(source)
    await migrate(target)
    async with source.write() as here, target.write() as there:
        await _check_idle(here)
        await _check_empty(there)
        counted = {}
        for table in metadata.sorted_tables:
            counted[table.name] = await _copy(here, there, table, told)
        for table in metadata.sorted_tables:
            await _continue_numbers(here, there, table)
            await _compare(here, there, table)
    return TransferResult(counted)


async def _check_idle(here: AsyncConnection) -> None:
    leased = select(func.count()).select_from(jobs).where(jobs.c.lease_until > now_seconds())
    if await here.scalar(leased):
        raise TransferRefused(
            "A gateway is filing from this database; stop every gateway and wait for CLINICPRO_LEASE."
        )


async def _check_empty(there: AsyncConnection) -> None:
    for table in metadata.sorted_tables:
        if (await there.execute(select(*table.primary_key.columns).limit(1))).first() is not None:
            raise TransferRefused(
                f"The target is not empty: it has rows in {table.name}. Name an empty database."
            )


async def _copy(
    here: AsyncConnection, there: AsyncConnection, table: Table, told: Callable[[str, int], None]
) -> int:
    copied = 0
    async for batch in here.batches(select(table), _BATCH):
        await there.execute(insert(table), [dict(row._mapping) for row in batch])  # noqa: SLF001 - as in `_key`
        copied += len(batch)
        told(table.name, copied)
    return copied


async def _compare(here: AsyncConnection, there: AsyncConnection, table: Table) -> None:
    """Look every row up by its key: two databases may sort text differently."""
    keys = list(table.primary_key.columns)
    total = 0
    async for batch in here.batches(select(table), _BATCH):
        found = {
            _key(row, keys): tuple(row)
            for row in (await there.execute(select(table).where(_one_of(batch, keys)))).all()
        }
        if any(found.get(_key(row, keys)) != tuple(row) for row in batch):
            raise TransferRefused(
                f"A row of {table.name} is not on the other side as it was; nothing was moved."
            )
        total += len(batch)
    if await there.scalar(select(func.count()).select_from(table)) != total:
        raise TransferRefused(f"{table.name} has more rows on the other side; nothing was moved.")


def _one_of(batch: Any, keys: list[Any]) -> ColumnElement[bool]:
    return tuple_(*keys).in_([_key(row, keys) for row in batch])


def _key(row: Any, keys: list[Any]) -> tuple[Any, ...]:
    return tuple(row._mapping[key] for key in keys)  # noqa: SLF001 - SQLAlchemy's public name for it


async def _continue_numbers(here: AsyncConnection, there: AsyncConnection, table: Table) -> None:
    """Let the target go on numbering where the source stood, deleted rows included.

    A browser that comes back names the last event it heard; a number given twice would hide one from it.
    """
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer) or there.dialect.name != "postgresql":
        return
    last = await here.scalar(select(func.max(keys[0]))) or 0
    if here.dialect.name == "sqlite" and table.dialect_options["sqlite"]["autoincrement"]:
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, await here.scalar(given, {"name": table.name}) or 0)
    sequence = await there.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": keys[0].name}
    )
    if sequence is not None and last:
        await there.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
