"""Moving an installation's rows to another database: all or nothing, and each row compared afterwards."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Integer, Row, Table, func, insert, select, text, tuple_

from clinicpro_images.db.clock import now_seconds
from clinicpro_images.db.database import Database
from clinicpro_images.db.migrate import migrate
from clinicpro_images.db.tables import jobs, metadata

_BATCH = 500


class TransferRefused(Exception):
    """Nothing was moved; `str()` is a sentence that says why."""


async def transfer_rows(
    source: Database, target: Database, *, progress: Callable[[str, int], None] = lambda _table, _rows: None
) -> dict[str, int]:
    """Copy every table in one transaction of the target; return how many rows of each were copied and found equal.

    The source is locked against writing until then. Encrypted values and hashes are copied as they are, so both sides
    need the same CLINICPRO_SECRET_KEY. `progress` is called with a table and its rows so far. Raises TransferRefused.
    """
    await migrate(source)
    await migrate(target)
    return await asyncio.to_thread(_transfer, source, target, progress)


def _transfer(source: Database, target: Database, progress: Callable[[str, int], None]) -> dict[str, int]:
    with source.backend.writing.begin() as here, target.backend.writing.begin() as there:
        if here.scalar(select(func.count()).select_from(jobs).where(jobs.c.lease_until > now_seconds())):
            raise TransferRefused(
                "A gateway is filing from this database; stop every gateway and wait for CLINICPRO_LEASE."
            )
        for table in metadata.sorted_tables:
            if there.execute(select(*table.primary_key.columns).limit(1)).first() is not None:
                raise TransferRefused(
                    f"The target is not empty: it has rows in {table.name}. Name an empty database."
                )
        copied = {table.name: _copy(here, there, table, progress) for table in metadata.sorted_tables}
        for table in metadata.sorted_tables:
            _continue_numbers(here, there, table)
            _compare(here, there, table)
    return copied


def _copy(here: Connection, there: Connection, table: Table, progress: Callable[[str, int], None]) -> int:
    copied = 0
    for batch in here.execution_options(yield_per=_BATCH).execute(select(table)).mappings().partitions():
        there.execute(insert(table), [dict(row) for row in batch])
        copied += len(batch)
        progress(table.name, copied)
    return copied


def _compare(here: Connection, there: Connection, table: Table) -> None:
    """Look every row up by its key: two databases may sort text differently."""
    keys = list(table.primary_key.columns)

    def key_of(row: Row[Any]) -> tuple[Any, ...]:
        return tuple(getattr(row, each.name) for each in keys)

    total = 0
    for batch in here.execution_options(yield_per=_BATCH).execute(select(table)).partitions():
        wanted = select(table).where(tuple_(*keys).in_([key_of(row) for row in batch]))
        found = {key_of(row): tuple(row) for row in there.execute(wanted)}
        if any(found.get(key_of(row)) != tuple(row) for row in batch):
            raise TransferRefused(
                f"A row of {table.name} is not on the other side as it was; nothing was moved."
            )
        total += len(batch)
    if there.scalar(select(func.count()).select_from(table)) != total:
        raise TransferRefused(f"{table.name} has more rows on the other side; nothing was moved.")


def _continue_numbers(here: Connection, there: Connection, table: Table) -> None:
    """Let the target number on from where the source was, deleted rows included.

    A browser that reconnects names the last event it received; a number given twice would hide one from it.
    """
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer) or there.dialect.name != "postgresql":
        return
    last = here.scalar(select(func.max(keys[0]))) or 0
    if here.dialect.name == "sqlite" and table.dialect_options["sqlite"]["autoincrement"]:
        given = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        last = max(last, here.scalar(given, {"name": table.name}) or 0)
    names = {"table": table.name, "column": keys[0].name}
    sequence = there.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
    if sequence is not None and last:
        there.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
