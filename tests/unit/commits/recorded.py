"""What a database executes: its transactions, each as a list of its statements."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from clinicpro_images.db.database import Database

_CONTROL = re.compile(r"(BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)\b")


@contextmanager
def recorded(database: Database) -> Iterator[list[list[str]]]:
    """Record the transactions that begin in here, without the statements that begin and end them."""
    transactions: list[list[str]] = []

    def begin(connection: Connection) -> None:
        connection.info["recorded"] = []
        transactions.append(connection.info["recorded"])

    def execute(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if not _CONTROL.match(statement):
            connection.info["recorded"].append(statement)

    # PostgreSQL reads and writes with one engine, and its second one passes every event on to the first.
    backend = database.backend
    engines = [backend.writing, backend.reading] if database.is_sqlite else [backend.writing]
    for engine in engines:
        event.listen(engine, "begin", begin)
        event.listen(engine, "before_cursor_execute", execute)
    try:
        yield transactions
    finally:
        for engine in engines:
            event.remove(engine, "begin", begin)
            event.remove(engine, "before_cursor_execute", execute)
