"""What the tests of SQLite write, and how they have several writers at once."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, insert, select

from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import used_tokens
from clinicpro_images.db.unit_of_work import UnitOfWork


class BrokeOff(Exception):
    pass


@contextmanager
def another_writer(folder: Path) -> Iterator[sqlite3.Connection]:
    """Another process's write transaction: a connection of its own that holds the lock."""
    other = sqlite3.connect(folder / "clinicpro.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


def add(work: UnitOfWork, name: str) -> str:
    work.connection.execute(insert(used_tokens).values(token_hash=name, used_at=1.0))
    return name


def add_and_break_off(work: UnitOfWork, name: str) -> None:
    add(work, name)
    raise BrokeOff


def names_in(connection: Connection) -> set[str]:
    return set(connection.scalars(select(used_tokens.c.token_hash)))


async def names(database: Database) -> set[str]:
    return await database.read(names_in)


async def together(database: Database, *functions: Callable[[UnitOfWork], Any]) -> list[Any]:
    """Run the functions as they run when they have queued up: the writer begins once all of them are there."""
    queued = threading.Event()

    def first(work: UnitOfWork) -> Any:
        assert queued.wait(20)
        return functions[0](work)

    tasks = [asyncio.create_task(database.write(each)) for each in (first, *functions[1:])]
    await asyncio.sleep(0)
    queued.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def counted_commits(database: Database) -> Iterator[list[int]]:
    commits: list[int] = []

    def count(_connection: Connection) -> None:
        commits.append(1)

    event.listen(database.backend.writing, "commit", count)
    yield commits
    event.remove(database.backend.writing, "commit", count)
