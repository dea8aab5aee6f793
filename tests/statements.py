"""Runs a test's own statements on the product's database."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, text

from clinicpro_images.db.database import Database


async def change(database: Database, statement: Executable | str, **values: Any) -> None:
    """Run one statement that writes, in a transaction of its own."""
    await database.write(lambda work: work.connection.execute(_executable(statement), values))


async def rows(database: Database, statement: Executable | str, **values: Any) -> Sequence[Any]:
    """Return the rows of one statement."""
    return await database.read(lambda connection: connection.execute(_executable(statement), values).all())


async def scalar(database: Database, statement: Executable | str, **values: Any) -> Any:
    """Return the first column of the first row, or None."""
    return await database.read(lambda connection: connection.scalar(_executable(statement), values))


def _executable(statement: Executable | str) -> Executable:
    return text(statement) if isinstance(statement, str) else statement
